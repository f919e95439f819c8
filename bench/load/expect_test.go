package load

import (
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// TestFalseMissesAreErrors has a server lose keys that were stored, in different ways.
func TestFalseMissesAreErrors(t *testing.T) {
	lose := func(n int, args []string, reply string) string {
		if args[0] == "GET" && n > 500 && n%50 == 0 {
			return "$-1\r\n"
		}
		return reply
	}
	loseOfMany := func(n int, args []string, reply string) string {
		if args[0] == "MGET" && n > 500 && n%50 == 0 {
			_, rest, _ := strings.Cut(reply, "\r\n")
			for range 2 { // the first value
				_, rest, _ = strings.Cut(rest, "\r\n")
			}
			return "*3\r\n$-1\r\n" + rest
		}
		return reply
	}
	const all = "get=60,set=20,delete=20"
	for _, c := range []struct {
		name  string
		spec  workload.Spec
		hits  Hits
		twist func(n int, args []string, reply string) string
		bad   bool
	}{
		{"nothing is lost", workload.Spec{Mix: all}, HitsIfFilled, nil, false},
		{"lost", workload.Spec{Mix: "get=9,set=1"}, HitsIfFilled, lose, true},
		{"lost beside deletes", workload.Spec{Mix: all}, HitsIfFilled, lose, true},
		{"lost by a read of several", workload.Spec{Mix: "mget=1", MGet: 3}, HitsIfFilled, loseOfMany, true},
		{"not to be expected", workload.Spec{Mix: "get=9,set=1"}, HitsOpen, lose, false},
		{"stored for a time", workload.Spec{Mix: "get=9,set=1", Expiry: time.Hour}, HitsIfFilled, lose, false},
		{"not stored, but to be expected", workload.Spec{Mix: "get=1", NoFill: true}, HitsAlways, nil, true},
		{"not stored", workload.Spec{Mix: "get=1", NoFill: true}, HitsIfFilled, nil, false},
	} {
		f := newFake(t)
		f.set(nil, c.twist)
		c.spec.Keys = 100
		r, err := measure(t, f.target(), c.spec, Plan{Count: 3000, Duration: time.Minute, Hits: c.hits})
		if (err != nil) != c.bad || c.bad && r.Errors["missing"] == 0 || !c.bad && r.Errors["missing"] != 0 {
			t.Errorf("%s: %v, errors %v", c.name, err, r.Errors)
		}
		if c.bad && !strings.Contains(r.Example, "missing: ") {
			t.Errorf("%s: the example is %q", c.name, r.Example)
		}
	}
}

// TestMissesOfWhatDidNotFit fills a server that says that it evicts.
func TestMissesOfWhatDidNotFit(t *testing.T) {
	lose := func(n int, args []string, reply string) string {
		if args[0] == "GET" && n%10 == 0 {
			return "$-1\r\n"
		}
		return reply
	}
	for _, c := range []struct {
		name, note string
		change     func(f *fakeServer, n int, args []string) // before each command
	}{
		{"entries fewer than keys", "99 entries after storing 100 keys, 0 evicted", func(f *fakeServer, n int, args []string) {
			if args[0] == "DBSIZE" {
				delete(f.store, "cgb:000000000005")
			}
		}},
		{"evicted while it was filled", "100 entries after storing 100 keys, 1 evicted", func(f *fakeServer, n int, args []string) {
			if args[0] == "SET" {
				f.evicted = 1
			}
		}},
		{"evicted later", "were evicted after the fill", func(f *fakeServer, n int, args []string) {
			if args[0] == "GET" {
				f.evicted++
			}
		}},
	} {
		f := newFake(t)
		f.set(func(n int, args []string) { c.change(f, n, args) }, lose)
		s := session(t, f.target(), workload.Spec{Keys: 100, Mix: "get=1"}, Plan{Conns: 2, Depth: 2, Threads: 1, Count: 1000, Duration: time.Minute, Hits: HitsIfFilled})
		if err := s.Fill(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		r, err := s.Run(t.Context(), 0, nil)
		if err != nil || r.Misses == 0 || !strings.Contains(s.Note(), c.note) {
			t.Errorf("%s: %v, %d misses, note %q", c.name, err, r.Misses, s.Note())
		}
	}
}
