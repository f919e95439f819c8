package replica

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

func newTestSecondary(t *testing.T) (*Secondary, *lru.Cache) {
	t.Helper()
	c, err := lru.New(lru.Options{MaxEntries: 10_000, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // the test is over
	return NewSecondary(SecondaryOptions{Group: "g", ID: "s", Primary: "p", Store: NewCacheStore(c), Recover: true}, 0), c
}

// TestRefusals names what is wrong and what to do.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"9 g p s", "version 1"}, {"1 g p", "takes version, group, primary and secondary"}, {"", "version 1"},
		{"1 other p s", "belongs to group g, not other"}, {"1 g x s", "primary of this node is p, not x"},
		{"1 g p x", "this node is s, not x"},
	} {
		s, _ := newTestSecondary(t)
		_, answer, err := s.Open(0, "peer", strings.Fields(c.args), func() {})
		if err == nil || !strings.HasPrefix(answer, "-REFUSED ") || !strings.Contains(answer, c.want) {
			t.Errorf("%q is answered %q, %v", c.args, answer, err)
		}
	}
}

// TestSupersede closes an older connection of the primary.
func TestSupersede(t *testing.T) {
	s, _ := newTestSecondary(t)
	killed := false
	old, _, err := s.Open(0, "peer", []string{"1", "g", "p", "s"}, func() { killed = true })
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Open(0, "peer", []string{"1", "g", "p", "s"}, func() {}); err != nil || !killed {
		t.Fatalf("%v, killed %v", err, killed)
	}
	if _, _, err := old.Run(0, appendFrame(nil, frameBeat, 0), nil, 1000); err == nil {
		t.Error("the old stream goes on")
	}
}

// TestAcks are few while records come, and at once after a heartbeat.
func TestAcks(t *testing.T) {
	s, _ := newTestSecondary(t)
	r, _, err := s.Open(0, "peer", []string{"1", "g", "p", "s"}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	s.pos.Complete = true
	b, at := openFrame(nil)
	if _, _, err := r.Run(0, closeFrame(begin{}.append(b), at, frameBegin, 0), nil, 1000); err != nil {
		t.Fatal(err)
	}
	const frames = 100
	acks, offset := 0, uint64(0)
	run := func(now time.Duration, in []byte) {
		_, out, err := r.Run(now, in, nil, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for len(out) > 0 {
			f, n, _, err := parseFrame(out)
			if err != nil || n == 0 || f.kind != frameAck || f.offset != offset {
				t.Fatalf("%d bytes, %+v, %v", len(out), f, err)
			}
			acks, out = acks+1, out[n:]
		}
	}
	for i := range frames {
		record := appendSet(nil, []byte("key"), []byte("value"), 0)
		in := appendFrame(nil, frameLog, offset, record...)
		offset += uint64(len(record))
		run(time.Duration(i)*time.Millisecond, in)
	}
	if acks < 5 || acks > 15 {
		t.Errorf("%d acks of %d frames in %v", acks, frames, frames*time.Millisecond)
	}
	acks = 0
	if run(frames*time.Millisecond-1, appendFrame(nil, frameBeat, offset, make([]byte, 8)...)); acks != 1 {
		t.Errorf("%d acks of a heartbeat", acks)
	}
}

// TestSilence closes a stream on which nothing comes, and lets a recovery end in time.
func TestSilence(t *testing.T) {
	s, _ := newTestSecondary(t)
	killed := false
	if _, _, err := s.Open(0, "peer", []string{"1", "g", "p", "s"}, func() { killed = true }); err != nil {
		t.Fatal(err)
	}
	s.Tick(3 * time.Second)
	if killed {
		t.Error("closed too early")
	}
	s.Tick(3*time.Second + 1)
	if !killed {
		t.Error("not closed")
	}
	select {
	case <-s.Serving():
		t.Error("serves before it is in step")
	default:
	}
	s.Tick(61 * time.Second)
	<-s.Serving()
}

// TestRetry grows up to five seconds and varies.
func TestRetry(t *testing.T) {
	p := PrimaryOptions{Rand: testRand()}
	last := map[time.Duration]bool{}
	for i := range 20 {
		d := retryAfter(i, p.Rand)
		full := min(firstRetry<<min(i, 10), lastRetry)
		if d < full/2 || d > full {
			t.Errorf("after %d failures: %v", i, d)
		}
		last[d] = true
	}
	if len(last) < 15 {
		t.Error("no jitter")
	}
}

func testRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }
