//go:build !race

package sim

const (
	usualSeeds = 180
	raced      = false
)
