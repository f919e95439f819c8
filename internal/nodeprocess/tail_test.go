package nodeprocess

import (
	"fmt"
	"strings"
	"testing"
)

// TestTail checks that the end of long output is kept, in whole lines.
func TestTail(t *testing.T) {
	var tail Tail
	if tail.String() != "" || tail.Last() != "" {
		t.Error("something is kept of nothing")
	}
	for i := range 2000 {
		fmt.Fprintf(&tail, "line %04d\n", i) //nolint:errcheck // it does not fail
	}
	lines := strings.Split(tail.String(), "\n")
	if n := len(lines); n < 400 || n > 410 { // of 10 bytes each
		t.Errorf("%d lines are kept", n)
	}
	for i, line := range lines {
		if want := fmt.Sprintf("line %04d", 2000-len(lines)+i); line != want {
			t.Fatalf("line %d is %q, want %q", i, line, want)
		}
	}
	if tail.Last() != "line 1999" {
		t.Errorf("the last line is %q", tail.Last())
	}
}
