//go:build !linux

package timeslice

// Shorten does nothing: only Linux has time slices that a thread may choose.
func Shorten() error { return nil }

// Yield does nothing: it is for Linux's time slices.
func Yield() {}
