package main

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// writer writes new keys to the member that accepts writes, remembers the acknowledged ones, and measures the longest time
// between two acknowledgements.
type writer struct {
	addresses []string
	auth      []string      // how it signs in; nil: not at all
	every     time.Duration // from one write to the next

	stop chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex
	limit   time.Duration // of a write: after that its connection is given up
	acked   []string
	tried   int
	errors  int
	latest  error     // the latest error
	last    time.Time // when the latest write was acknowledged
	longest time.Duration
}

// startWriter starts one of 200 writes a second.
func startWriter(auth []string, addresses ...string) *writer {
	return (&writer{auth: auth, addresses: addresses, every: 5 * time.Millisecond, limit: patience / 3}).start()
}

func (w *writer) start() *writer {
	w.stop, w.last = make(chan struct{}), time.Now()
	w.done.Go(w.run)
	return w
}

func (w *writer) run() {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	var c *peer
	for n, at := 0, 0; ; n++ {
		select {
		case <-w.stop:
			return
		case <-tick.C:
		}
		var err error
		if c == nil {
			c, err = dialAs(w.auth, w.addresses[at%len(w.addresses)])
		}
		key := fmt.Sprint("write:", n)
		if err == nil {
			var reply any
			if reply, err = c.within(w.patience(), "SET", key, key); err == nil && reply != "OK" {
				err = fmt.Errorf("SET is answered %v", reply)
			}
		}
		w.wrote(key, err)
		if err != nil {
			if c != nil {
				c.Close() //nolint:errcheck // no longer used
			}
			c, at = nil, at+1
		}
	}
}

func (w *writer) patience() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.limit
}

func (w *writer) wrote(key string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tried++; err != nil {
		w.errors, w.latest = w.errors+1, err
		return
	}
	w.acked = append(w.acked, key)
	w.longest, w.last = max(w.longest, time.Since(w.last)), time.Now()
}

// dialAs connects, and signs in by auth unless that is nil.
func dialAs(auth []string, address string) (*peer, error) {
	c, err := dialPeer(address)
	if err == nil && auth != nil {
		if _, err = c.do(auth...); err != nil {
			c.Close() //nolint:errcheck // there is an error already
			return nil, err
		}
	}
	return c, err
}

// around does something while writes go on, and returns the longest time without an acknowledgement from then until they
// go on for a while.
func (w *writer) around(do func()) time.Duration {
	time.Sleep(200 * time.Millisecond)
	w.mu.Lock()
	w.longest = 0
	w.mu.Unlock()
	do()
	for calm := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		w.mu.Lock()
		quiet, longest := time.Since(w.last), w.longest
		w.mu.Unlock()
		if quiet > 30*time.Millisecond {
			calm = time.Now()
		}
		if quiet > patience || time.Since(calm) > 500*time.Millisecond {
			return max(longest, quiet)
		}
	}
}

// more waits until n more writes are acknowledged.
func (w *writer) more(t *testing.T, n int) {
	t.Helper()
	acked := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.acked)
	}
	before := acked()
	testkit.Eventually(t, fmt.Sprint(n, " more writes"), func() bool { return acked() >= before+n })
}

// end stops writing and returns what was acknowledged.
func (w *writer) end() []string {
	close(w.stop)
	w.done.Wait()
	return w.acked
}
