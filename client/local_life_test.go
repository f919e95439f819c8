package client

import (
	"testing"
	"time"
)

// TestLifeSigns shows a node's clock at moments, in milliseconds since the first one.
func TestLifeSigns(t *testing.T) {
	type look struct {
		at, clock int64
		lives     bool
	}
	for name, looks := range map[string][]look{
		"runs":                        {{0, 5000, true}, {1, 5000, true}, {50, 5045, true}, {10_000, 14_990, true}, {10_900, 14_990, true}, {10_950, 15_940, true}},
		"stands still":                {{0, 5000, true}, {900, 5000, true}, {1100, 5000, false}},
		"moved a little before":       {{0, 5000, true}, {60_000, 5500, false}},
		"has stopped, and goes on":    {{0, 5000, true}, {900, 5000, true}, {1005, 6000, true}, {1900, 6900, true}},
		"lags by less than a second":  {{0, 5000, true}, {5000, 9100, true}},
		"goes on after a second look": {{0, 5000, true}, {2000, 5000, false}, {2001, 7000, true}},
	} {
		var l lifeSigns
		start := time.Now()
		for _, k := range looks {
			if got := l.seen(k.clock, start.Add(time.Duration(k.at)*time.Millisecond)); got != k.lives {
				t.Errorf("%s: at %d ms: lives: %v", name, k.at, got)
			}
		}
	}
}

// TestTouched asks that a hash is noted once until all are forgotten, and that no more are noted than there is room for.
func TestTouched(t *testing.T) {
	m := &touched{}
	m.add(5)
	m.add(7)
	m.add(5)
	if got := m.take(); got != "\x05\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00" {
		t.Errorf("%q", got)
	}
	m.add(5)
	if got := m.take(); got != "" {
		t.Errorf("noted twice: %q", got)
	}
	m.forget()
	for h := range uint64(3 * touchedMost) {
		m.add(h + 5)
	}
	if got := m.take(); len(got) != 8*touchedMost {
		t.Errorf("%d bytes", len(got))
	}
}
