package load

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// seen holds earlier replies, from which some lies are made.
type seen struct {
	last string
	old  map[string]string // by key
}

// twist changes some replies.
type twist func(m *seen, n int, args []string, reply string) string

// one replaces one in every replies to a command.
func one(every int, command string, wrong func(reply string) string) twist {
	return func(_ *seen, n int, args []string, reply string) string {
		if args[0] == command && n%every == every-1 {
			return wrong(reply)
		}
		return reply
	}
}

// says replaces a reply by text.
func says(text string) func(string) string { return func(string) string { return text } }

// lies are wrong ways to answer, with the kind of error that the generator must count.
var lies = []struct {
	name  string
	want  string
	spec  workload.Spec
	twist twist
}{
	{"a wrong byte", "wrong value", workload.Spec{Mix: "get=9,set=1"}, one(200, "GET", func(reply string) string {
		return strings.Replace(reply, reply[len(reply)-4:len(reply)-2], "??", 1)
	})},
	{"a short value", "wrong value", workload.Spec{Mix: "get=9,set=1"}, one(200, "GET", says("$3\r\nabc\r\n"))},
	{"replies swapped", "swapped", workload.Spec{Mix: "get=1"}, func(m *seen, n int, args []string, reply string) string {
		if args[0] != "GET" {
			return reply
		}
		reply, m.last = m.last, reply
		if reply == "" || n%10 != 9 {
			return m.last
		}
		return reply
	}},
	{"a stale version", "stale", workload.Spec{Mix: "get=5,set=5"}, func(m *seen, n int, args []string, reply string) string {
		if args[0] == "GET" && n%100 == 99 && m.old[args[1]] != "" {
			return m.old[args[1]]
		}
		if args[0] == "GET" && m.old[args[1]] == "" {
			m.old[args[1]] = reply
		}
		return reply
	}},
	{"a deleted key that comes back", "stale", workload.Spec{Mix: "get=5,set=1,delete=4"}, func(m *seen, n int, args []string, reply string) string {
		if args[0] == "GET" && reply == "$-1\r\n" && m.old[args[1]] != "" {
			return m.old[args[1]]
		}
		if args[0] == "GET" {
			m.old[args[1]] = reply
		}
		return reply
	}},
	{"a write that is not kept", "stale", workload.Spec{Mix: "get=5,set=5"}, func(m *seen, n int, args []string, reply string) string { return reply }},
	{"a value in an mget", "wrong value", workload.Spec{Mix: "mget=1"}, one(100, "MGET", func(reply string) string { return reply[:len(reply)-3] + "?\r\n" })},
	{"a counter that stands still", "stale", workload.Spec{Mix: "incr=1"}, one(100, "INCR", says(":1\r\n"))},
	{"an error", "refused", workload.Spec{Mix: "get=1"}, one(100, "GET", says("-ERR no\r\n"))},
	{"a reply of the wrong sort", "wrong reply", workload.Spec{Mix: "get=1"}, one(100, "GET", says(":5\r\n"))},
	{"garbage", "protocol", workload.Spec{Mix: "get=1"}, one(200, "GET", says("!x\r\n"))},
	{"two replies for one request", "protocol", workload.Spec{Mix: "get=1"}, one(1000, "GET", func(reply string) string { return reply + reply })},
}

func TestAServerThatLiesIsFound(t *testing.T) {
	for _, c := range lies {
		t.Run(c.name, func(t *testing.T) {
			m := &seen{old: map[string]string{}}
			twist := func(n int, args []string, reply string) string { return c.twist(m, n, args, reply) }
			f := newFake(t)
			var before func(n int, args []string)
			if c.name == "a write that is not kept" {
				before = func(n int, args []string) {
					if args[0] == "SET" && n > 200 && n%50 == 0 {
						args[1] = "elsewhere"
					}
				}
			}
			f.set(before, twist)
			c.spec.Keys = 100
			plan := Plan{Conns: 2, Depth: 8, Duration: time.Minute, Count: 2000}
			r, err := measure(t, f.target(), c.spec, plan)
			if !errors.Is(err, ErrTooMany) && !errors.Is(err, ErrDied) {
				t.Fatalf("the run ends with %v", err)
			}
			// Two replies for one request put all that follow out of step, which shows as swapped ones as well.
			if r.Errors[c.want] == 0 && r.Errors["swapped"] == 0 {
				t.Errorf("found %v (%s), want %s", r.Errors, r.Example, c.want)
			}
			t.Logf("%v: %s", r.Errors, r.Example)

			if c.want == "wrong value" || c.want == "swapped" || c.want == "stale" {
				f := newFake(t)
				f.set(nil, twist)
				plan.Verify = VerifyOff
				if _, err := measure(t, f.target(), c.spec, plan); err != nil {
					t.Errorf("with verify off: %v", err)
				}
			}
		})
	}
}
