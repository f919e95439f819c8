package coordination

import (
	"flag"
	"os"
	"testing"
)

// TestMain runs more tests at a time than there are processors: nearly all of them wait for leases to end. A -parallel on
// the command line has precedence.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
