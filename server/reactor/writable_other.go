//go:build unix && !linux

package reactor

import (
	"sync"
	"time"
)

// writability gives connections whose client did not take its replies a turn every few milliseconds, where the system
// has no epoll.
type writability struct {
	mu    sync.Mutex
	armed map[*Conn]bool
	stop  chan struct{}
	done  chan struct{}
}

const watchEvery = 5 * time.Millisecond

func newWritability(*Loop) (*writability, error) {
	w := &writability{armed: map[*Conn]bool{}, stop: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w, nil
}

func (w *writability) arm(c *Conn) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed[c] = true
	return nil
}

func (w *writability) forget(c *Conn) {
	c.watch = unwatched
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.armed, c)
}

func (w *writability) run() {
	defer close(w.done)
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-tick.C:
		}
		w.mu.Lock()
		due := w.armed
		w.armed = map[*Conn]bool{}
		w.mu.Unlock()
		for c := range due {
			c.Wake()
		}
	}
}

func (w *writability) close() {
	close(w.stop)
	<-w.done
}
