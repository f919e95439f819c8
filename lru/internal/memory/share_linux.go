//go:build linux && !race && !lruheap && !lruguard

package memory

// CanShare reports whether memory can lie in a file.
const CanShare = true
