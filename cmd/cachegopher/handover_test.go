package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// resender writes like a client that knows the group: it keeps a connection to each node, and sends a write that READONLY
// answers to the next node, until one takes it.
type resender struct {
	name      string
	addresses []string
	stop      chan struct{}
	done      sync.WaitGroup
	acked     []string
	took      []time.Duration // by write, in order
	errs      []error         // other than READONLY
}

func startResender(name string, addresses ...string) *resender {
	r := &resender{name: name, addresses: addresses, stop: make(chan struct{})}
	r.done.Go(r.run)
	return r
}

func (r *resender) run() {
	var to []*peer
	for _, a := range r.addresses {
		c, err := dialPeer(a)
		if err != nil {
			r.errs = append(r.errs, err)
			return
		}
		defer c.Close() //nolint:errcheck // the end of the test
		to = append(to, c)
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for n, at := 0, 0; len(r.errs) == 0; n++ {
		select {
		case <-r.stop:
			return
		case <-tick.C:
		}
		key, began := fmt.Sprint(r.name, ":", n), time.Now()
		for {
			_, err := to[at].do("SET", key, key)
			if err == nil {
				r.acked, r.took = append(r.acked, key), append(r.took, time.Since(began))
				break
			}
			if !strings.Contains(err.Error(), "READONLY") || time.Since(began) > patience {
				r.errs = append(r.errs, fmt.Errorf("%s at %s: %w", key, r.addresses[at], err))
				return
			}
			if at = (at + 1) % len(to); at == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}
}

// end stops writing. It returns what was acknowledged, and fails the test for errors.
func (r *resender) end(t *testing.T) []string {
	t.Helper()
	close(r.stop)
	r.done.Wait()
	for _, err := range r.errs {
		t.Errorf("a write: %v", err)
	}
	return r.acked
}

// becomes sends PROMOTE, with more words, to a node, and returns once the primary has changed.
func (g *group) becomes(at int, words ...string) {
	g.t.Helper()
	testkit.HandedOver(g.t, func() string { return replies(g.t, g.addresses[at], append([]string{"PROMOTE"}, words...)...) })
}

// TestPromoteProcesses moves the primary around a group of three processes by PROMOTE while two clients write 1,000 keys a
// second. No write fails or is lost, and none waits longer than hand-overs may hold it.
func TestPromoteProcesses(t *testing.T) {
	t.Parallel()
	g := calmGroup(t, 2)
	writers := []*resender{startResender("a", g.addresses...), startResender("b", g.addresses...)}
	const changes = 12
	for n := range changes {
		from, to := n%3, (n+1)%3
		g.inStep(from)
		time.Sleep(100 * time.Millisecond) // of writes
		if n%2 == 0 {
			g.becomes(from, fmt.Sprint("n", to))
		} else {
			g.becomes(to)
		}
		g.nodes[to].eventually("a primary", func() bool { return strings.Contains(replies(t, g.addresses[to], "ROLE"), "master") })
	}
	var all []time.Duration
	var acked []string
	for _, w := range writers {
		acked = append(acked, w.end(t)...)
		all = append(all, w.took...)
	}
	g.inStep(changes % 3)
	for i := range g.nodes {
		hasAll(t, asked(t, nil, g.addresses[i]), acked)
		if log := g.nodes[i].stdout.String(); strings.Contains(log, "are lost") {
			t.Errorf("n%d has lost writes:\n%s", i, log)
		}
	}
	slices.Sort(all)
	longest := all[max(0, len(all)-2*changes):] // at each change one of each client may wait
	t.Logf("%d writes acknowledged, %d changes; of the %d longest writes the median took %v, the longest %v", len(acked), changes,
		len(longest), longest[len(longest)/2], longest[len(longest)-1])
}

// TestPromoteForceProcesses suspends the primary's process, and promotes another node by force. Writes go on there; the old
// primary, once it is resumed, follows and takes no write.
func TestPromoteForceProcesses(t *testing.T) {
	t.Parallel()
	g := calmGroup(t, 2)
	if got := replies(t, g.addresses[0], "SET", "before", "v"); got != "OK" {
		t.Fatal(got)
	}
	g.inStep(0)
	waiting := asked(t, nil, g.addresses[0])
	g.nodes[0].signal(syscall.SIGSTOP)
	g.becomes(2, "FORCE")
	g.nodes[2].eventually("a write", func() bool { return replies(t, g.addresses[2], "SET", "after", "v") == "OK" })
	if got := replies(t, g.addresses[2], "GET", "before"); got != "v" {
		t.Errorf("a write that all had confirmed is %q", got)
	}
	g.nodes[0].signal(syscall.SIGCONT)
	g.nodes[0].eventually("the old primary follows", func() bool { return replies(t, g.addresses[0], "GET", "after") == "v" })
	if _, err := waiting.do("SET", "x", "y"); err == nil || !strings.Contains(err.Error(), "READONLY") {
		t.Errorf("a write to the old primary: %v", err)
	}
}
