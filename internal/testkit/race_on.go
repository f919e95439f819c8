//go:build race

package testkit

// Race says that the race detector is on: everything takes several times as long, and other programs do not have it.
const Race = true
