package command

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/bench/result"
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

// TestCurveInOrder: unless told otherwise, one request is made after another, so that a server has the hits of a cache in the process.
func TestCurveInOrder(t *testing.T) {
	dir := t.TempDir()
	trace, figures := written(t, dir, "a.csv", strings.Repeat("1,aaaa,4,100000,1,get,0\n2,bbbb,4,100000,1,get,0\n", 10)), filepath.Join(dir, "a.json")
	status, _, said := call(context.Background(), "curve", trace, "inproc:lru", "--memory", "1MB", "--too-large", "shorten", "--json", figures, "--quiet")
	rep, err := result.Read(figures)
	if status != 0 || err != nil || len(rep.Runs) != 1 || rep.Runs[0].Load.Conns != 1 || rep.Runs[0].Load.Depth != 1 {
		t.Errorf("status %d, %v, %+v: %s", status, err, rep, said)
	}
}

// TestCurveHelpListsItsTargets: the help names no target that curve refuses.
func TestCurveHelpListsItsTargets(t *testing.T) {
	status, help, _ := call(context.Background(), "curve", "--help")
	_, targets, found := strings.Cut(help, "Targets:")
	targets, _, ends := strings.Cut(targets, "Usage:")
	if status != 0 || !found || !ends || !strings.Contains(targets, "spawn:redis-server") || !strings.Contains(targets, "inproc:lru ") {
		t.Fatalf("status %d: %s", status, help)
	}
	for _, refused := range []string{"://", ".json", "memory=", "?pid="} {
		if strings.Contains(targets, refused) {
			t.Errorf("it has %q: %s", refused, targets)
		}
	}
}
