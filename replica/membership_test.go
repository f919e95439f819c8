package replica

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

// starting returns an empty primary and the link to its only secondary, s.
func starting(t *testing.T) (*Primary, *Link) {
	t.Helper()
	c, err := lru.New(lru.Options{MaxEntries: 1000, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // the test is over
	p := NewPrimary(PrimaryOptions{Group: "p", ID: "p", Secondaries: []string{"s"}, Store: NewCacheStore(c), Log: newTestLog(t, MinLog),
		Wall: func() int64 { return 1 }, Rand: rand.New(rand.NewPCG(1, 2))}, 0)
	return p, p.Links()[0]
}

// does fails unless this is the link's next action at the time now.
func does(t *testing.T, l *Link, now time.Duration, want ...Do) {
	t.Helper()
	for _, w := range want {
		if a := l.Next(now); a.Do != w {
			t.Fatalf("at %v the link wants %+v, want %d", now, a, w)
		}
	}
}

// TestMovedWhileRecovering corrects an address at which another program accepts the connection and sends nothing.
func TestMovedWhileRecovering(t *testing.T) {
	p, l := starting(t)
	does(t, l, 0, DoDial)
	l.Dialed(0, nil)
	does(t, l, 0, DoSend, DoWait)
	does(t, l, 5*time.Second, DoWait)
	if err := p.SetSecondaries([]string{"s", "new"}); !errors.Is(err, ErrRecovering) {
		t.Errorf("a new secondary while it recovers: %v", err)
	}
	if err := p.SetSecondaries([]string{"s"}); err != nil {
		t.Errorf("the same secondary while it recovers: %v", err)
	}
	p.Reconnect("s")
	does(t, l, 5*time.Second, DoClose)
	if p.isServing() {
		t.Fatal("it serves before it has asked at the new address")
	}
	does(t, l, 6*time.Second, DoDial)
}

// TestMovedWhileDialing changes a member's address while the old one is being dialed. An answer from there must not
// count, and the connection must be closed.
func TestMovedWhileDialing(t *testing.T) {
	for name, dialed := range map[string]error{"somebody answers": nil, "nobody listens": syscall.ECONNREFUSED} {
		t.Run(name, func(t *testing.T) {
			p, l := starting(t)
			does(t, l, 0, DoDial)
			p.Reconnect("s")
			l.Dialed(time.Second, dialed)
			if dialed == nil {
				does(t, l, time.Second, DoClose)
			}
			does(t, l, 2*time.Second, DoDial)
			if p.isServing() {
				t.Fatal("it serves before it has asked at the new address")
			}
			l.Dialed(2*time.Second, nil)
			does(t, l, 2*time.Second, DoSend)
		})
	}
}

// TestPartIsNotTaken starts a primary with one member that holds a part of the data, and another that answers with an error
// or not at all. The primary must wait for the other one, which may have everything.
func TestPartIsNotTaken(t *testing.T) {
	part := Position{History: History{Date: 9, ID: [20]byte{1}}, Entries: 5}
	for _, c := range []struct {
		name  string
		other candidate
		best  Position
		until func(*Primary) time.Duration
	}{
		{"there, beside a part", candidate{answer: answerThere}, part, func(*Primary) time.Duration { return never }},
		{"silent, beside a part", candidate{answer: answerSilent}, part, func(p *Primary) time.Duration { return p.longUntil }},
		{"not to be asked, beside a part", candidate{answer: answerUnasked}, part, func(p *Primary) time.Duration { return p.longUntil }},
		{"not to be asked, beside a whole", candidate{answer: answerUnasked}, Position{Complete: true, Entries: 5}, func(p *Primary) time.Duration { return p.askUntil }},
		{"gone, beside a part", candidate{answer: answerGone}, part, func(*Primary) time.Duration { return 0 }},
		{"there, beside a whole", candidate{answer: answerThere}, Position{Complete: true, Entries: 5}, func(p *Primary) time.Duration { return p.askUntil }},
	} {
		p, l := starting(t)
		l.candidate = c.other
		best := newLink(p, "best")
		best.candidate = candidate{answer: answerPosition, holds: c.best}
		p.mu.Lock()
		got := p.waitFor(l, best)
		p.mu.Unlock()
		if want := c.until(p); got != want {
			t.Errorf("%s: it is waited for until %v, want %v", c.name, got, want)
		}
	}
}

// TestUnasked starts a primary whose own network or name server fails. It must wait up to RecoverTimeout, since no member
// could be asked.
func TestUnasked(t *testing.T) {
	for _, why := range []error{syscall.ENETUNREACH, syscall.ENETDOWN,
		&net.DNSError{Err: "server misbehaving", IsTemporary: true}, &net.DNSError{Err: "i/o timeout", IsTimeout: true}} {
		p, l := starting(t)
		for now := time.Duration(0); now < p.opts.RecoverTimeout; now += 7 * time.Second {
			l.knock()
			does(t, l, now, DoDial)
			l.Dialed(now, fmt.Errorf("dial: %w", why))
			if does(t, l, now, DoWait); p.isServing() {
				t.Fatalf("%v: it serves after %v", why, now)
			}
		}
		if says := p.Status(0).Holding; !strings.Contains(says, why.Error()) {
			t.Errorf("%v: it is held by %q", why, says)
		}
		if does(t, l, p.opts.RecoverTimeout, DoDial); !p.isServing() {
			t.Errorf("%v: it does not serve after %v", why, p.opts.RecoverTimeout)
		}
	}
}

// TestFailuresAreLoggedNowAndThen lets a link fail with two texts in turn, ten times a second for 25 s.
func TestFailuresAreLoggedNowAndThen(t *testing.T) {
	_, l := starting(t)
	logged := 0
	for i := range 250 {
		if l.shouldLog(time.Duration(i)*100*time.Millisecond, fmt.Errorf("refused: %d", i%2)) {
			logged++
		}
	}
	if logged != 3 {
		t.Errorf("it is logged %d times, want 3", logged)
	}
}

// TestStrangersLearnNoLeader connects to a secondary with a late epoch, as nodes of its group and as those of another cache.
// Only nodes of its group learn who leads, even if their config has an earlier name of the group.
func TestStrangersLearnNoLeader(t *testing.T) {
	m := memberGroup(t, "a", "b")[1].m
	if err := m.Follow(5, "g", "a", []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		group, id string
		learns    bool
	}{{"g", "a", true}, {"before", "a", true}, {"g", "new", true}, {"other", "z", false}} {
		knock, _ := m.Knock([]string{c.group, c.id})
		_, open, _ := m.Open("peer", []string{"1", c.group, c.id, "b"}, func() {})
		for _, answer := range []string{knock, open} {
			if _, learns := parseStale(strings.TrimSpace(answer)); learns != c.learns || answer == "" {
				t.Errorf("%+v: %q", c, answer)
			}
		}
	}
	if _, answer, err := m.Open("peer", nil, func() {}); err == nil {
		t.Errorf("a stream without arguments: %q", answer)
	}
}
