//go:build !linux

package sut

// Pin does nothing here.
func Pin([]int) error { return nil }

// PinProcess does nothing here.
func PinProcess([]int) error { return nil }
