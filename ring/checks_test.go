package ring

import (
	"flag"
	"os"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// Every check of a property fills two tables or more, so that there are fewer of them than usual. They are slow under the
// race detector, and nothing in them is concurrent.
func TestMain(m *testing.M) {
	checks := "40"
	if testkit.Race {
		checks = "10"
	}
	if err := flag.Set("rapid.checks", checks); err != nil {
		panic(err)
	}
	flag.Parse() // after it, so that -rapid.checks on the command line takes precedence
	os.Exit(m.Run())
}
