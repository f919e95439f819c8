//go:build !race

package realclients

const raceEnabled = false
