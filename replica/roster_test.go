package replica

import (
	"testing"
)

// TestOlderReleases checks that both ends read heartbeats and acks without the fields that later releases added.
func TestOlderReleases(t *testing.T) {
	s, _ := newTestSecondary(t)
	r, _, err := s.Open(0, "peer", []string{"1", "g", "p", "s"}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	s.pos.Complete, s.peers = true, []string{"other"}
	for size, want := range map[int]int{8: 1, rosterHead: 1 + 2 + len("other")} {
		_, out, err := r.Run(0, appendFrame(nil, frameBeat, 0, make([]byte, size)...), nil, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if f, n, _, err := parseFrame(out); err != nil || n != len(out) || f.kind != frameAck || len(f.payload) != want {
			t.Errorf("a heartbeat of %d bytes is answered % x, %v", size, out, err)
		}
	}
	if got, _ := parseIDs([]byte{1, 0, 'a', 9, 0, 'b'}); len(got) != 1 || got[0] != "a" {
		t.Errorf("ids that are cut off: %q", got)
	}
}
