package client

import (
	"container/heap"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

var updateScale = flag.Bool("update-scale", false, "write the tables of queries in docs/notes/scale.md anew")

// storm is what happens, in simulated time, when many clients ask the three members of a group for the topology.
type storm struct {
	clients  int
	document float64 // bytes of an answer
	// change is when the members know the news that the clients wait for.
	change time.Duration
	// first returns when a client finds that it must ask.
	first func(r *rand.Rand) time.Duration
	// patient clients use an answer however late it is, and do not ask a node again before it has answered.
	patient bool
	fixed   bool // the pauses are without chance
}

const (
	stormLink  = 1.25e9               // bytes a second that a node sends: 10 Gbit/s
	stormQuery = 5 * time.Microsecond // of a node for a query
	stormTrip  = 500 * time.Microsecond
	stormBegin = 20 * time.Second // clients that would begin to ask later are left out
	stormEnd   = 30 * time.Second // of the queries
	stormPart  = 10 * time.Millisecond
)

// outcome is how a storm has gone.
type outcome struct {
	asked  int             // simulated clients that have asked
	waited []time.Duration // of those that know the news, until they did
	rate   [stormEnd / stormPart]float64
}

// asking is a client at its next query.
type asking struct {
	at, since time.Duration
	queries   int // so far
}

type schedule []asking

func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].at < s[j].at }
func (s schedule) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)        { *s = append(*s, x.(asking)) }
func (s *schedule) Pop() any          { x := (*s)[len(*s)-1]; *s = (*s)[:len(*s)-1]; return x }

// run lets the clients ask until they know the news. A node answers in the order of the queries, also those whose client does
// not wait any more. Each query goes to all three nodes, which therefore are equally busy. A simulated client stands for many,
// of which each has 1/many of the node's time.
func (s storm) run() *outcome {
	many := max(s.clients/5000, min(s.clients/1000, 100), 1)
	r := rand.New(rand.NewPCG(1, 2))
	var due schedule
	for range s.clients / many {
		if at := s.first(r); at < stormBegin {
			due = append(due, asking{at: at, since: at})
		}
	}
	heap.Init(&due)
	o := &outcome{asked: len(due)}
	service := max(stormQuery, time.Duration(s.document/stormLink*float64(time.Second)))
	var busy time.Duration
	for len(due) > 0 && due[0].at < stormEnd {
		a := heap.Pop(&due).(asking)
		o.rate[a.at/stormPart] += float64(many)
		arrives := a.at + stormTrip/2
		began := max(busy, arrives)
		answered := began + service + stormTrip/2
		busy = began + time.Duration(many)*service
		a.queries++
		late := answered-a.at > queryLimit
		if began >= s.change && (s.patient || !late) {
			o.waited = append(o.waited, answered-a.since)
			continue
		}
		if late && !s.patient {
			answered = a.at + queryLimit
		}
		a.at = answered + s.pause(a.queries, r)
		heap.Push(&due, a)
	}
	slices.Sort(o.waited)
	return o
}

// pause is the client's pause after so many queries.
func (s storm) pause(queries int, r *rand.Rand) time.Duration {
	return pauseAfter(queries, func(d time.Duration) time.Duration {
		if s.fixed {
			return d / 2
		}
		return time.Duration(r.Int64N(int64(d)))
	})
}

// longest returns how long all clients but a thousandth of them have waited at most.
func (o *outcome) longest() string {
	if at := o.asked * 999 / 1000; at < len(o.waited) {
		switch d := o.waited[at]; {
		case d < 100*time.Millisecond:
			return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
		case d < 10*time.Second:
			return fmt.Sprintf("%.1f s", d.Seconds())
		default:
			return fmt.Sprintf("%.0f s", d.Seconds())
		}
	}
	return fmt.Sprintf("%d%% not", 100*(o.asked-len(o.waited))/o.asked)
}

// busiest returns the most queries a second at one node, in n parts from a time on.
func (o *outcome) busiest(from time.Duration, n int) (most float64) {
	for at := int(from / stormPart); at+n <= len(o.rate); at++ {
		sum := 0.0
		for _, count := range o.rate[at : at+n] {
			sum += count
		}
		most = max(most, sum)
	}
	return most * float64(time.Second/stormPart) / float64(n)
}

// within has clients find out evenly within d.
func within(d time.Duration) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(d))) }
}

// everySo has clients find out with their next request of a kind that each sends so often, at random.
func everySo(mean time.Duration) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration { return time.Duration(r.ExpFloat64() * float64(mean)) }
}

// events are what makes clients ask.
var events = []struct {
	name   string
	change time.Duration
	first  func(*rand.Rand) time.Duration
}{
	{"slots moved; all find out within 1 s", 0, within(time.Second)},
	{"slots moved; each finds out after 27 s on average", 0, everySo(27 * time.Second)},
	{"no primary for 0.3 s; each writes every 33 s", 300 * time.Millisecond, everySo(33 * time.Second)},
	{"no primary for 3 s; each writes every 33 s", 3 * time.Second, everySo(33 * time.Second)},
	{"no primary for 3 s; all write within 1 s", 3 * time.Second, within(time.Second)},
}

// TestQueryStorm computes the table of queries after a move of slots and in a change of primary.
func TestQueryStorm(t *testing.T) {
	var b strings.Builder
	b.WriteString("| event | clients | 353 KB | 151 KB | 200 B | patient: 353 KB | 151 KB | 200 B | queries/s, 200 B |\n")
	b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, e := range events {
		for _, clients := range []int{10_000, 100_000, 1_000_000} {
			fmt.Fprintf(&b, "| %s | %s ", e.name, map[int]string{10_000: "10k", 100_000: "100k", 1_000_000: "1M"}[clients])
			peak := 0.0
			for _, patient := range []bool{false, true} {
				for _, document := range []float64{353e3, 151e3, 200} {
					o := storm{clients: clients, document: document, change: e.change, first: e.first, patient: patient}.run()
					fmt.Fprintf(&b, "| %s ", o.longest())
					if !patient {
						peak = o.busiest(0, 100)
					}
				}
			}
			fmt.Fprintf(&b, "| %.0f |\n", peak)
		}
	}
	testkit.Table(t, "../docs/notes/scale.md", "queries", b.String(), 0.05, *updateScale)
}

// TestPausesHaveChance wants clients that begin together not to ask together once their pauses are long.
func TestPausesHaveChance(t *testing.T) {
	s := storm{clients: 1000, document: 200, change: 5 * time.Second, first: within(stormPart)}
	chance := s.run().busiest(2*time.Second, 1)
	s.fixed = true
	if fixed := s.run().busiest(2*time.Second, 1); fixed < 5*chance {
		t.Errorf("%.0f queries a second in the busiest 10 ms, %.0f without chance", chance, fixed)
	}
}
