// Package server serves the sessions of a node on its addresses. It decides which clients are served, within which
// limits, and what connections may keep in memory; it executes what arrives in their sessions, and counts.
// The sockets belong to package reactor, and what requests mean to package session.
//
// Each connection belongs to one event loop, and all of its state to that loop's goroutine, unless a field
// says otherwise.
package server
