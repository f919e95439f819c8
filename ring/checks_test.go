package ring

import (
	"flag"
	"os"
	"testing"
)

// Every check of a property fills two tables. That is slow under the race
// detector, and nothing in it is concurrent.
func TestMain(m *testing.M) {
	flag.Parse()
	if raceEnabled {
		if err := flag.Set("rapid.checks", "10"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
