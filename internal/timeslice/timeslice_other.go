//go:build !linux

package timeslice

// Shorten does nothing: only Linux has time slices that a thread may choose.
func Shorten() error { return nil }
