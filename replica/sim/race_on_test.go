//go:build race

package sim

// Each seed costs thirty times as much under the race detector, and no more than one goroutine is in it.
const (
	usualSeeds = 5
	raced      = true
)
