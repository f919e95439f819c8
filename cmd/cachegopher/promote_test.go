package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/machine"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// load writes counters at a steady rate, each goroutine its own key.
type load struct {
	c    *client.Client
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex
	took   []time.Duration // since the last call of longest
	errs   []error
	acked  []int64 // by goroutine, the last number that was acknowledged
	writes int
}

// startLoad starts goroutines that together write perSecond keys a second.
func startLoad(c *client.Client, goroutines, perSecond int) *load {
	ctx, stop := context.WithCancel(context.Background())
	l := &load{c: c, stop: stop, acked: make([]int64, goroutines)}
	every := time.Second * time.Duration(goroutines) / time.Duration(perSecond)
	for g := range goroutines {
		l.wg.Go(func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for n := int64(1); ; n++ {
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
				own, cancel := context.WithTimeout(context.Background(), patience)
				began := time.Now()
				err := c.Set(own, fmt.Sprint("counter-", g), []byte(strconv.FormatInt(n, 10)))
				cancel()
				l.mu.Lock()
				l.writes++
				l.took = append(l.took, time.Since(began))
				if err != nil {
					l.errs = append(l.errs, err)
				} else {
					l.acked[g] = n
				}
				l.mu.Unlock()
			}
		})
	}
	return l
}

// longest returns the longest write since the last call.
func (l *load) longest() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	took := append([]time.Duration{0}, l.took...)
	l.took = nil
	return slices.Max(took)
}

// end stops writing and returns how many acknowledged writes the node at address lacks.
func (l *load) end(t *testing.T, address string) (lost int64) {
	t.Helper()
	l.stop()
	l.wg.Wait()
	for g, acked := range l.acked {
		n, _ := strconv.ParseInt(replies(t, address, "GET", fmt.Sprint("counter-", g)), 10, 64)
		lost += max(acked-n, 0)
	}
	return lost
}

// more waits until n more writes have ended.
func (l *load) more(t *testing.T, n int) {
	t.Helper()
	writes := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.writes
	}
	before := writes()
	testkit.Eventually(t, fmt.Sprint(n, " more writes"), func() bool { return writes() >= before+n })
}

// TestPromote hands a group of three over again and again by PROMOTE, under 2,000 writes a second of a client that
// knows two seeds: no write fails, none is lost or takes two seconds, and half of the changes make no write wait for more
// than 50 ms. A busy machine may take longer, and a hand-over that it made the primary give up is not measured.
func TestPromote(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 2)
	g.lead(0) // without the proxies
	for i := range g.nodes {
		g.start(i)
	}
	g.nodes[0].serving()
	g.inStep(0)
	c, err := client.New(client.WithSeeds(g.addresses[1], g.addresses[2]), client.WithReadTimeout(patience/3))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // it returns none
	m := machine.Start(t)
	l := startLoad(c, 40, 2000)
	l.more(t, 1000)
	calm := l.longest()
	var longest []time.Duration
	const changes = 12
	for n := range changes {
		to := (n + 1) % 3
		attempts := 0
		testkit.HandedOver(t, func() string { attempts++; return replies(t, g.addresses[to], "PROMOTE") })
		l.more(t, 600)
		if took := l.longest(); attempts == 1 {
			longest = append(longest, took)
		}
	}
	lost := l.end(t, g.addresses[changes%3])
	slices.Sort(longest)
	t.Logf("%d writes, %d errors, %d lost; longest write: %v before, at changes %v; the machine stood still for %v", l.writes, len(l.errs), lost, calm, longest, m.Stall())
	if len(l.errs) > 0 || lost > 0 {
		t.Errorf("%d errors, the first: %v; %d acknowledged writes lost", len(l.errs), l.errs[:min(1, len(l.errs))], lost)
	}
	if n := len(longest); n > 0 && (longest[n/2] > max(m.Allow(50*time.Millisecond), 2*calm) || longest[n-1] > m.Allow(2*time.Second)) {
		t.Errorf("the longest writes of changes: %v", longest)
	}
}
