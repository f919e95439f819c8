package replica

import (
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestClockSkew sends a secondary heartbeats of a primary whose clock differs. It wants one warning, no alarm for heartbeats
// that arrive late, and a word when the clocks agree again.
func TestClockSkew(t *testing.T) {
	const hour = int64(time.Hour / time.Millisecond)
	core, logs := observer.New(zap.InfoLevel)
	wall := int64(1_700_000_000_000)
	s, _ := newTestSecondary(t)
	s.log, s.opts.Wall = zap.New(core), func() int64 { return wall }
	r, _, err := s.Open(0, "peer", []string{"1", "g", "p", "s"}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	for _, phase := range []struct {
		name     string
		behind   func(i int) int64 // by how much the heartbeat's time is behind this node's
		ahead    time.Duration
		warnings int
	}{
		{"equal clocks", func(int) int64 { return 3 }, 0, 0},
		{"a process that was stopped: all heartbeats but one arrive late", func(i int) int64 { return 90_000 * int64(min(i, 1)) }, 0, 0},
		{"ahead", func(i int) int64 { return hour + int64(i) }, time.Hour, 1},
		{"still ahead", func(int) int64 { return hour }, time.Hour, 1},
		{"equal again", func(int) int64 { return -999 }, 0, 1},
		{"behind", func(int) int64 { return -hour }, -time.Hour, 2},
	} {
		for i := range skewBeats {
			beat := appendClock(make([]byte, rosterHead), wall-phase.behind(i))
			if _, _, err := r.Run(0, appendFrame(nil, frameBeat, 0, beat...), nil, 1000); err != nil {
				t.Fatal(err)
			}
			wall += 500
		}
		if got := s.Status(0).Ahead; got != phase.ahead {
			t.Errorf("%s: this node is ahead by %v, want %v", phase.name, got, phase.ahead)
		}
		if got := logs.FilterMessageSnippet("differ").Len(); got != phase.warnings {
			t.Errorf("%s: %d warnings, want %d", phase.name, got, phase.warnings)
		}
	}
	if n := logs.FilterMessageSnippet("agree again").Len(); n != 1 {
		t.Errorf("the end of the difference is logged %d times, want once", n)
	}
}

// TestClockInRoster wants the ids and the time of a heartbeat read by this release, and the ids by earlier ones too.
func TestClockInRoster(t *testing.T) {
	ids, rest := parseIDs(appendClock(appendIDs(nil, []string{"a", "bc"}), 77))
	if len(ids) != 2 || ids[0] != "a" || ids[1] != "bc" {
		t.Errorf("the ids are %q", ids)
	}
	if wall, ok := parseClock(rest); !ok || wall != 77 {
		t.Errorf("the time is %d, %v", wall, ok)
	}
	for _, none := range [][]byte{nil, {0xff, 0xff}, {1, 0, 'a', 0, 0, 0, 0, 0, 0, 0}} {
		if _, ok := parseClock(none); ok {
			t.Errorf("% x has a time", none)
		}
	}
}
