package ring

import (
	"flag"
	"os"
	"testing"
)

// Every check of a property fills two tables, which takes the race detector
// long; there is nothing concurrent in it.
func TestMain(m *testing.M) {
	flag.Parse()
	if raceEnabled {
		if err := flag.Set("rapid.checks", "10"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
