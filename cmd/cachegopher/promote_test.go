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
)

// load writes counters at a steady rate, each goroutine its own key.
type load struct {
	c    *client.Client
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex
	took   []time.Duration
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
				own, cancel := context.WithTimeout(context.Background(), 2*time.Second)
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

// TestPromote hands a group of three over again and again by PROMOTE, under 2,000 writes a second of a client that
// knows two seeds: no write fails, none is lost, and half of the changes make no write wait for more than 50 ms.
func TestPromote(t *testing.T) {
	t.Parallel()
	g := newGroup(t, 2)
	g.lead(0) // without the proxies
	for i := range g.nodes {
		g.start(i)
	}
	g.nodes[0].serving()
	g.inStep(0)
	c, err := client.New(client.WithSeeds(g.addresses[1], g.addresses[2]))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // it returns none
	l := startLoad(c, 40, 2000)
	time.Sleep(500 * time.Millisecond) // of writes
	calm := l.longest()
	var longest []time.Duration
	const changes = 12
	for n := range changes {
		to := (n + 1) % 3
		if got := replies(t, g.addresses[to], "PROMOTE"); got != "OK" {
			t.Errorf("PROMOTE of n%d: %s", to, got)
		}
		time.Sleep(300 * time.Millisecond) // of writes
		longest = append(longest, l.longest())
	}
	lost := l.end(t, g.addresses[changes%3])
	slices.Sort(longest)
	t.Logf("%d writes, %d errors, %d lost; longest write: %v before, at changes %v median, %v worst", l.writes, len(l.errs), lost, calm, longest[changes/2], longest[changes-1])
	if len(l.errs) > 0 || lost > 0 {
		t.Errorf("%d errors, the first: %v; %d acknowledged writes lost", len(l.errs), l.errs[:min(1, len(l.errs))], lost)
	}
	if longest[changes/2] > max(50*time.Millisecond, 2*calm) {
		t.Errorf("the longest writes of changes: %v", longest)
	}
}
