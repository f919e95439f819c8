package command

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
)

// TestLive: a run of two seconds writes a row a second and target to the file, and a line to standard error.
func TestLive(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.csv")
	status, out, said := call(context.Background(), strings.Fields("run inproc:lru inproc:lru?memory=64MB --keys 1000 -c 2 -t 1200ms --warmup 10ms --rounds 1 --live --metrics 127.0.0.1:0 --csv "+file)...)
	if status != 0 {
		t.Fatalf("status %d: %s%s", status, out, said)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 1+2*2 || rows[1][2] != "inproc:lru" || rows[3][2] != "inproc:lru?memory=64MB" || rows[2][4] != "0.600" {
		t.Errorf("%v, %q", err, rows)
	}
	if n := strings.Count(said, " p99 "); n != 4 {
		t.Errorf("%d lines: %s", n, said)
	}
}

func TestSlicesFitTheRound(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{10 * time.Second: time.Second, 1500 * time.Millisecond: 750 * time.Millisecond, 300 * time.Millisecond: 300 * time.Millisecond} {
		p := load.Plan{Duration: d}
		(&liveFlags{lines: true}).slice(&p)
		if p.Slice != want {
			t.Errorf("%s has slices of %s, want %s", d, p.Slice, want)
		}
	}
}
