package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// membersOf returns a client without goroutines and a group of connected members that have reported these roles; the
// first is the primary.
func membersOf(roles ...string) (*Client, *group) {
	o := defaults()
	c, g := &Client{opts: o}, &group{id: "g"}
	for i, role := range roles {
		n := &node{id: fmt.Sprint("n", i), opts: &o}
		n.role.show(role)
		n.live.Store(1)
		g.members = append(g.members, n)
	}
	c.topology.Store(&routing{groups: []*group{g}})
	return c, g
}

// cause says why an attempt has failed.
type cause struct {
	name    string
	failure *Error
	answer  error
}

func serverSays(text string) error { return &ServerError{text} }

var causes = []cause{
	{name: "not sent", failure: &Error{kind: kNotSent | kUnavailable}},
	{name: "unknown", failure: &Error{kind: kUnknown | kUnavailable}},
	{name: "silence", failure: &Error{kind: kUnknown | kTimeout, Waited: defaultReadTimeout}},
	{name: "queue full", failure: &Error{kind: kNotSent | kBusy}},
	{name: "READONLY", answer: serverSays("READONLY no")},
	{name: "LOADING", answer: serverSays("LOADING yet")},
	{name: "WRONGTYPE", answer: serverSays("WRONGTYPE no")},
	{name: "an answer"},
	{name: "MOVED", answer: serverSays("MOVED 1 127.0.0.1:1")},
	{name: "TRYAGAIN", answer: serverSays("TRYAGAIN soon")},
}

// row says what follows an attempt. next: another member; wait: the same member, once it has a connection; stop.
type row struct{ more, last string } // with attempts left, and after the last

var whatFollows = map[string]map[string]row{
	"read": {
		"not sent": {"next", "stop"}, "unknown": {"next", "stop"}, "silence": {"next", "stop"}, "queue full": {"next", "stop"},
		"LOADING": {"next", "stop"}, "READONLY": {"stop", "stop"}, "WRONGTYPE": {"stop", "stop"}, "an answer": {"stop", "stop"},
		"MOVED": {"next", "stop"}, "TRYAGAIN": {"next", "stop"},
	},
	"read of the primary": {
		"not sent": {"wait", "stop"}, "unknown": {"wait", "stop"}, "silence": {"stop", "stop"}, "queue full": {"stop", "stop"},
		"LOADING": {"stop", "stop"}, "READONLY": {"stop", "stop"}, "WRONGTYPE": {"stop", "stop"}, "an answer": {"stop", "stop"},
		"MOVED": {"stop", "stop"}, "TRYAGAIN": {"stop", "stop"},
	},
	"write": {
		"not sent": {"wait", "stop"}, "unknown": {"stop", "stop"}, "silence": {"stop", "stop"}, "queue full": {"stop", "stop"},
		"LOADING": {"stop", "stop"}, "READONLY": {"next", "next"}, "WRONGTYPE": {"stop", "stop"}, "an answer": {"stop", "stop"},
		"MOVED": {"stop", "stop"}, "TRYAGAIN": {"stop", "stop"},
	},
	"idempotent write": {
		"not sent": {"wait", "stop"}, "unknown": {"wait", "stop"}, "silence": {"stop", "stop"}, "queue full": {"stop", "stop"},
		"LOADING": {"stop", "stop"}, "READONLY": {"next", "next"}, "WRONGTYPE": {"stop", "stop"}, "an answer": {"stop", "stop"},
		"MOVED": {"stop", "stop"}, "TRYAGAIN": {"stop", "stop"},
	},
	"idempotent write, deadline": {"silence": {"wait", "stop"}},
}

// TestAgain checks what follows an attempt: for every cause and every kind of request, with and without a deadline, with
// and without attempts left.
func TestAgain(t *testing.T) {
	requests := map[string]request{"read": {op: OpGet}, "read of the primary": {op: OpGet, primary: true},
		"write": {op: OpSet}, "idempotent write": {op: OpSet, retry: true}}
	for kind, rq := range requests {
		for _, x := range causes {
			for _, deadline := range []string{"", ", deadline", ", ended"} {
				for _, last := range []bool{false, true} {
					want := whatFollows[kind][x.name]
					if other, has := whatFollows[kind+deadline][x.name]; has {
						want = other
					}
					ctx := context.Background()
					switch deadline {
					case ", deadline":
						ctx = testkit.Within(t, time.Hour)
					case ", ended":
						ctx = testkit.Within(t, -time.Second)
						want = row{"stop", "stop"}
					}
					c, g := membersOf("master", "replica", "replica")
					a := c.attempts(g, rq.access())
					a.next(ctx)
					if last {
						a.turns = readRounds + defaultTries
						if a.to == anyMember {
							a.tried = 1<<len(g.members) - 1
						}
						want.more = want.last
					}
					before := a.at
					a.note(x.failure)
					a.counts(ctx, &rq, x.answer, x.failure)
					got := "stop"
					if a.again(ctx, &rq, x.answer, x.failure) {
						got = "wait"
						if a.next(ctx); a.at != before {
							got = "next"
						}
					}
					if got != want.more {
						t.Errorf("%s%s after %q, last %v: %s, want %s", kind, deadline, x.name, last, got, want.more)
					}
				}
			}
		}
	}
}

// TestMembersTried checks which members are tried, in order, when each of them fails in the same way.
func TestMembersTried(t *testing.T) {
	unsent, unknown, silence, readonly, loading, moved := causes[0], causes[1], causes[2], causes[4], causes[5], causes[8]
	for _, x := range []struct {
		name  string
		rq    request
		roles []string
		down  bool
		fails []cause // the last one is repeated
		want  []int
		node  string // named in the error
	}{
		{"a read, two rounds", request{op: OpGet}, []string{"master", "replica"}, false, []cause{unsent}, []int{0, 1, 0, 1}, "n1"},
		{"a read of silent members, one round", request{op: OpGet}, []string{"master", "replica"}, false, []cause{silence}, []int{0, 1}, "n1"},
		{"a read while all recover, one round", request{op: OpGet}, []string{"master", "replica"}, false, []cause{loading}, []int{0, 1}, "n1"},
		{"a read that secondaries redirect while the primary recovers", request{op: OpGet}, []string{"master", "replica", "replica"}, false, []cause{loading, moved}, []int{0, 2, 1}, "n1"},
		{"a read that the primary redirects", request{op: OpGet}, []string{"master", "replica"}, false, []cause{moved}, []int{0}, "n0"},
		{"the primary alone", request{op: OpGet, primary: true}, []string{"replica", "master"}, false, []cause{unknown}, []int{1, 1, 1}, "n1"},
		{"a write to the only member", request{op: OpSet}, []string{"master"}, false, []cause{unsent}, []int{0, 0, 0}, "n0"},
		{"a write to the only member, down", request{op: OpSet}, []string{"master"}, true, []cause{unsent}, []int{0}, "n0"},
		{"a write to an unreachable primary", request{op: OpSet}, []string{"master", "replica"}, false, []cause{unsent}, []int{0, 0, 0}, "n0"},
		{"a write to an unreachable primary with a successor", request{op: OpSet}, []string{"master", "replica", "master"}, false, []cause{unsent}, []int{0, 0, 0, 2}, "n0"},
		{"a write that is redirected", request{op: OpSet}, []string{"master", "replica"}, false, []cause{moved}, []int{0}, "n0"},
		{"a write in search of the primary that is redirected", request{op: OpSet}, []string{"master", "replica", "master"}, false, []cause{readonly, moved}, []int{0, 2, 1}, "n0"},
		{"a write that all refuse", request{op: OpSet}, []string{"master", "replica", "master"}, false, []cause{readonly}, []int{0, 2, 1}, "n0"},
		{"a write with an unknown outcome", request{op: OpSet}, []string{"master", "replica", "replica"}, false, []cause{readonly, unknown}, []int{0, 1}, "n1"},
		{"an idempotent write with an unknown outcome", request{op: OpSet, retry: true}, []string{"master", "replica", "replica"}, false, []cause{readonly, unknown}, []int{0, 1}, "n1"},
	} {
		c, g := membersOf(x.roles...)
		g.policy = ReadPrimary
		for _, n := range g.members {
			n.down = x.down
		}
		ctx, got := testkit.Within(t, time.Hour), []int(nil)
		a := c.attempts(g, x.rq.access())
		for a.next(ctx); len(got) < 20; a.next(ctx) {
			got = append(got, a.at)
			f := x.fails[min(len(got), len(x.fails))-1]
			a.note(f.failure)
			a.counts(ctx, &x.rq, f.answer, f.failure)
			if !a.again(ctx, &x.rq, f.answer, f.failure) {
				break
			}
		}
		if !slices.Equal(got, x.want) || a.node.id != x.node || a.count != len(got) {
			t.Errorf("%s: asked %v and names %s after %d attempts, want %v and %s", x.name, got, a.node.id, a.count, x.want, x.node)
		}
	}
}

// After any sequence of causes, a write whose outcome is unknown is not repeated unless the caller allows it, and is
// never reported as not sent.
func TestUnknownWritesAreNeverRepeatedSilently(t *testing.T) {
	var walk func(way []cause)
	c, _ := membersOf()
	ctx := testkit.Within(t, time.Hour)
	walk = func(way []cause) {
		for _, retry := range []bool{false, true} {
			rq := request{op: OpIncr, retry: retry}
			_, g := membersOf("master", "master", "replica")
			a := c.attempts(g, rq.access())
			unknown := false
			var failure *Error
			asked := 0
			for _, x := range way {
				a.next(ctx)
				asked++
				if unknown && !retry {
					t.Fatalf("repeated on the way %v", way[:asked])
				}
				a.note(x.failure)
				if a.counts(ctx, &rq, x.answer, x.failure) {
					if failure = x.failure; failure == nil && x.answer != nil {
						failure = a.node.refused(rq.op, x.answer)
					}
				}
				unknown = unknown || x.failure != nil && x.failure.kind&kUnknown != 0
				if !a.again(ctx, &rq, x.answer, x.failure) {
					break
				}
			}
			if failure = a.verdict(&rq, failure); unknown && failure != nil && errors.Is(failure, ErrNotSent) {
				t.Fatalf("said not to be sent on the way %v", way[:asked])
			}
		}
		if len(way) < 5 {
			for _, x := range append(causes[:5:5], causes[8]) {
				walk(append(slices.Clip(way), x))
			}
		}
	}
	walk(nil)
}
