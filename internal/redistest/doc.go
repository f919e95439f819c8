// Package redistest runs a real redis-server beside a test, which compares a node
// with it.
package redistest
