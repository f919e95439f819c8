//go:build !race

package session

// Raced says that the race detector is on, for the tests of both packages.
const Raced = false
