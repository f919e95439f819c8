//go:build !linux

package sut

// Pin does nothing on this system.
func Pin([]int) error { return nil }

// PinProcess does nothing on this system.
func PinProcess([]int) error { return nil }
