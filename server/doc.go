// Package server serves the sessions of a node on its addresses. It decides which clients are served, within which
// limits, and how much memory connections may use; it passes input to their sessions, and counts events.
// Package reactor owns the sockets, and package session knows the requests.
//
// Each connection belongs to one event loop, and all of its state to that loop's goroutine, unless a field
// says otherwise.
package server
