package replica

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

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

// TestRefusals checks that refusals say what is wrong and what to do.
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

// TestRefusalIsOneLine checks that a refusal is one short line, whatever the arguments that it repeats contain.
func TestRefusalIsOneLine(t *testing.T) {
	for _, evil := range []string{"a\r\n+OK\r\n:1", strings.Repeat("long", 10_000), "\x00\x1b[2J"} {
		s, _ := newTestSecondary(t)
		for _, answer := range []string{
			answerOf(s.Open(0, "peer", []string{"1", evil, "p", "s"}, func() {})),
			answerOf(s.Open(0, "peer", []string{"1", "g", evil, "s"}, func() {})),
			answerOf(s.Take(0, "peer", []string{"1", evil, "s"})),
			answerOf(s.Take(0, "peer", []string{"1", "p", evil})),
		} {
			line, ok := strings.CutSuffix(answer, "\r\n")
			if !ok || !strings.HasPrefix(line, "-REFUSED ") || len(line) > 600 || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' }) {
				t.Errorf("%.20q is answered %.700q", evil, answer)
			}
		}
	}
}

func answerOf[S any](_ S, answer string, _ error) string { return answer }

// TestSupersede checks that a new stream of the primary closes the older one.
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

// TestAcks checks that a secondary sends few acks while records arrive, and one at once after a heartbeat.
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

// TestSilence checks that a silent stream is closed, and that a recovery ends in time.
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
	if due := s.due(); due != 3*time.Second {
		t.Errorf("with a stream it is due at %v", due)
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
	if due := s.due(); due != s.knockAt {
		t.Errorf("without one it is due at %v", due)
	}
	s.Tick(61 * time.Second)
	<-s.Serving()
}

// TestRetry checks that pauses grow to five seconds and vary.
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

// TestRefusalsAreLoggedRarely refuses many peers.
func TestRefusalsAreLoggedRarely(t *testing.T) {
	core, logged := observer.New(zap.WarnLevel)
	s, _ := newTestSecondary(t)
	s.log = zap.New(core)
	for i := range 5000 {
		if _, _, err := s.Open(time.Duration(i)*time.Millisecond, "peer", []string{"2", "g", "p", "s"}, func() {}); err == nil {
			t.Fatal("not refused")
		}
	}
	if n := logged.Len(); n != 5 {
		t.Errorf("%d lines about 5000 refusals in 5 s", n)
	}
	if n := s.Status(0).Refused; n != 5000 {
		t.Errorf("%d refusals are counted of 5000", n)
	}
	if last := logged.All()[logged.Len()-1]; last.ContextMap()["so_far"].(int64) < 4000 {
		t.Errorf("the last line says %v", last.ContextMap())
	}
}

// TestAckOfTheFuture checks that the connection is closed if a secondary acknowledges what was never sent: WAIT must not
// count it.
func TestAckOfTheFuture(t *testing.T) {
	c, err := lru.New(lru.Options{MaxEntries: 100, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	log, err := NewLog(1<<20, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := NewPrimary(PrimaryOptions{Group: "g", ID: "p", Secondaries: []string{"s"}, Store: NewCacheStore(c), Log: log,
		Wall: func() int64 { return 1 }, Rand: testRand()}, 0)
	for _, c := range []struct {
		offset uint64
		acked  int
	}{{100, 1}, {101, 0}, {1 << 63, 0}, {1<<64 - 1, 0}} {
		l := p.Links()[0]
		l.state, l.sender, l.broken = linkSending, sender{pos: 100}, nil
		l.acked.Store(0)
		l.inStep.Store(false)
		l.Received(1, appendFrame(nil, frameAck, c.offset, 1))
		if got := p.Acked(1); got != c.acked || (l.broken == nil) != (c.acked == 1) {
			t.Errorf("offset %d of 100: %d secondaries have it, the link is broken for %v", c.offset, got, l.broken)
		}
	}
}

// TestSlowTaker checks that the stream is kept while a primary takes this node's data slowly, even if its heartbeats are not
// read for a while because output is waiting, and that it is closed if the primary takes nothing at all.
func TestSlowTaker(t *testing.T) {
	s, c := newTestSecondary(t)
	for i := range 100 {
		if err := c.Set(fmt.Append(nil, "key", i), make([]byte, 1000), 0); err != nil {
			t.Fatal(err)
		}
	}
	killed := false
	r, _, err := s.Open(0, "peer", []string{"1", "g", "p", "s"}, func() { killed = true })
	if err != nil {
		t.Fatal(err)
	}
	in, now := appendFrame(nil, frameFetch, 0), time.Duration(0)
	for range 3 {
		if _, _, err := r.Run(now, in, nil, 1000); err != nil || !r.More() {
			t.Fatalf("%v, more %v", err, r.More())
		}
		in = nil
		now += 4 * time.Second
		if s.Tick(now); killed {
			t.Fatalf("closed after %v while it is sent to", now)
		}
	}
	if s.Tick(now + 7*time.Second); !killed {
		t.Error("it is kept, and has taken nothing for 11 s")
	}
}
