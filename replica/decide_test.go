package replica

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/cachegopher/cachegopher/lru"
)

// asker is a recovering primary with its log; the test decides what its members s0, s1 ... do.
type asker struct {
	t    *testing.T
	p    *Primary
	gaps int64
	said *observer.ObservedLogs
}

func newAsker(t *testing.T, members int, flags ...func(*PrimaryOptions)) *asker {
	t.Helper()
	c, err := lru.New(lru.Options{MaxEntries: 10_000, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // the test is over
	a := &asker{t: t}
	core, said := observer.New(zap.InfoLevel)
	a.said = said
	o := PrimaryOptions{Group: "p", ID: "p", Store: NewCacheStore(c), Log: newTestLog(t, MinLog), Wall: func() int64 { return 1 },
		Rand: rand.New(rand.NewPCG(1, 2)), Logger: zap.New(core), Gaps: func() int64 { return a.gaps }}
	for i := range members {
		o.Secondaries = append(o.Secondaries, fmt.Sprint("s", i))
	}
	for _, set := range flags {
		set(&o)
	}
	a.p = NewPrimary(o, 0)
	return a
}

// says makes member i answer a connection: with a position and the members in step, or with anything else.
func (a *asker) says(now time.Duration, i int, text string, peers ...string) {
	a.t.Helper()
	l := a.p.Links()[i]
	l.knock()
	if do := l.Next(now).Do; do != DoDial {
		a.t.Fatalf("s%d is not dialed but %d", i, do)
	}
	l.Dialed(now, nil)
	l.Next(now)
	l.Received(now, []byte(text))
	l.Next(now) // asks which members were in step, or closes
	if strings.HasPrefix(text, positionWord) {
		b, at := openFrame(nil)
		l.Received(now, closeFrame(appendIDs(append(b, 0), peers), at, frameAck, 0))
	}
}

// fails makes an attempt to connect to member i fail.
func (a *asker) fails(now time.Duration, i int, err error) {
	l := a.p.Links()[i]
	l.knock()
	l.Next(now)
	l.Dialed(now, err)
}

// state returns what the primary does at a time: it asks, takes from a member, or serves.
func (a *asker) state(now time.Duration) string {
	a.p.verdict(now, a.p.Links()[0])
	switch st := a.p.Status(now); {
	case st.Serving:
		return "serves"
	case st.Fetching.From != "":
		return "takes from " + st.Fetching.From
	}
	return "asks"
}

func (a *asker) want(now time.Duration, state string) {
	a.t.Helper()
	if got := a.state(now); got != state {
		a.t.Errorf("at %v it %s, want: %s", now, got, state)
	}
}

// place returns the answer of a member at an offset of a history.
func place(history byte, offset uint64, entries int64) string {
	return Position{History: History{Date: uint64(history), ID: [20]byte{history}}, Offset: offset, Complete: true, Entries: entries}.line()
}

const ask = 3 * time.Second

var nothing = Position{}.line()

// Errors of dialing a silent host, and a host on which no member runs.
var (
	errHostSilent  = fmt.Errorf("dial: %w", syscall.ETIMEDOUT)
	errHostRefuses = fmt.Errorf("dial: %w", syscall.ECONNREFUSED)
)

// TestDecide checks which members a primary waits for, and how long, before it serves what it has.
func TestDecide(t *testing.T) {
	t.Run("all are gone", func(t *testing.T) {
		a := newAsker(t, 2)
		a.fails(0, 0, errHostRefuses)
		a.want(0, "asks")
		a.fails(0, 1, errHostRefuses)
		a.want(0, "serves")
	})
	t.Run("all are gone, and it is to recover", func(t *testing.T) {
		a := newAsker(t, 1, func(o *PrimaryOptions) { o.Recover = true })
		a.fails(0, 0, errHostRefuses)
		a.want(ask-1, "asks")
		a.want(ask, "serves")
	})
	t.Run("nothing comes from the hosts", func(t *testing.T) {
		a := newAsker(t, 1)
		a.fails(time.Second, 0, errHostSilent)
		a.want(ask-1, "asks")
		a.want(ask, "serves")
	})
	t.Run("one answers with an error", func(t *testing.T) {
		a := newAsker(t, 2)
		a.says(0, 0, nothing)
		a.says(0, 1, "ERROR: Too many connections\n")
		a.want(24*time.Hour, "asks")
		if n := a.said.FilterMessageSnippet("recovery: not serving").Len(); n != 1 {
			t.Errorf("it says so %d times", n)
		}
		if h := a.p.Status(0).Holding; !strings.Contains(h, "s1: ") || !strings.Contains(h, "Too many connections") {
			t.Errorf("it is held by %q", h)
		}
		a.fails(25*time.Hour, 1, errHostRefuses)
		a.want(25*time.Hour, "serves")
	})
	t.Run("one answers with an error, and is given up", func(t *testing.T) {
		a := newAsker(t, 1)
		a.says(0, 0, "-NOPERM no\r\n")
		a.want(time.Hour, "asks")
		if err := a.p.GiveUp(time.Hour); err != nil {
			t.Error(err)
		}
		a.want(time.Hour, "serves")
		if a.p.GiveUp(time.Hour) == nil {
			t.Error("it gives up again")
		}
	})
}

// TestDecideDonor checks which members a primary waits for before it takes data, and whose data it takes.
func TestDecideDonor(t *testing.T) {
	t.Run("one has data, another one answers with an error", func(t *testing.T) {
		a := newAsker(t, 2)
		a.says(0, 0, place(1, 10, 5))
		a.says(0, 1, "-NOAUTH no\r\n")
		a.want(ask-1, "asks")
		a.want(ask, "takes from s0")
	})
	t.Run("a silent one was in step", func(t *testing.T) {
		a := newAsker(t, 2)
		a.says(0, 0, place(1, 10, 5), "s1")
		a.fails(0, 1, errHostSilent)
		a.want(time.Minute-1, "asks")
		a.want(time.Minute, "takes from s0")
	})
	t.Run("one that was in step is gone", func(t *testing.T) {
		a := newAsker(t, 2)
		a.says(0, 0, place(1, 10, 5), "s1")
		a.fails(0, 1, errHostRefuses)
		a.want(0, "takes from s0")
	})
	t.Run("everything was deleted", func(t *testing.T) {
		a := newAsker(t, 2)
		a.says(0, 0, place(1, 10, 5))
		a.says(0, 1, place(1, 20, 0))
		a.want(0, "takes from s1")
	})
	t.Run("nothing was ever written", func(t *testing.T) {
		a := newAsker(t, 2)
		a.says(0, 0, place(1, 10, 5))
		a.says(0, 1, place(2, 0, 0))
		a.want(0, "takes from s0")
	})
	t.Run("not all know the epoch", func(t *testing.T) {
		a := newAsker(t, 3)
		raised := Position{History: History{Date: 9, ID: [20]byte{1}}, Offset: 10, Complete: true, Entries: 5}
		a.says(0, 0, place(1, 20, 5)) // the same history, further; it does not know the later epoch
		a.says(0, 1, place(5, 30, 5)) // an older history, whose primary had a clock that was ahead
		a.says(0, 2, raised.line())
		a.want(0, "takes from s0")
	})
	t.Run("the process was stopped", func(t *testing.T) {
		a := newAsker(t, 1)
		a.fails(0, 0, errHostSilent)
		a.gaps++
		a.want(ask, "asks")
		a.want(2*ask-1, "asks")
		a.want(2*ask, "serves")
	})
	t.Run("the donor is lost", func(t *testing.T) {
		a := newAsker(t, 1)
		a.says(0, 0, place(1, 10, 5))
		a.want(0, "takes from s0")
		late := 2 * time.Minute // after RecoverTimeout
		a.p.Links()[0].Broken(errors.New("cut"))
		a.p.Links()[0].Next(late)
		a.fails(late, 0, errHostSilent)
		a.want(late+time.Minute-1, "asks")
		a.says(late+time.Minute-1, 0, place(1, 10, 5))
		a.want(late+time.Minute-1, "takes from s0")
	})
}
