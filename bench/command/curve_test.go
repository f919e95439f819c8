package command

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCurveOfNothing: without a point there is no picture, and an earlier one stays.
func TestCurveOfNothing(t *testing.T) {
	dir := t.TempDir()
	trace, picture := written(t, dir, "a.csv", strings.Repeat("1,aaaa,4,100000,1,get,0\n2,bbbb,4,100000,1,get,0\n", 10)), filepath.Join(dir, "a.svg")
	for _, before := range []string{"", "drawn before"} {
		if before != "" {
			written(t, dir, "a.svg", before)
		}
		status, _, said := call(context.Background(), "curve", trace, "inproc:lru?policy=MRU", "--memory", "1MB", "--svg", picture, "--quiet")
		if status != exitFailed || !strings.Contains(said, `policy "MRU"`) || !strings.Contains(said, "no target has a hit ratio") {
			t.Errorf("status %d: %s", status, said)
		}
		if now, err := os.ReadFile(picture); string(now) != before || os.IsNotExist(err) != (before == "") {
			t.Errorf("%q in the picture's place, %v", now, err)
		}
	}
}
