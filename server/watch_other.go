//go:build unix && !linux

package server

import (
	"sync"
	"time"
)

// watcher gives connections whose client did not take its replies a turn every
// few milliseconds, where the system has no epoll.
type watcher struct {
	mu    sync.Mutex
	armed map[*conn]bool
	stop  chan struct{}
	done  chan struct{}
}

const watchEvery = 5 * time.Millisecond

func newWatcher() (*watcher, error) {
	w := &watcher{armed: map[*conn]bool{}, stop: make(chan struct{}), done: make(chan struct{})}
	go w.run()
	return w, nil
}

func (w *watcher) arm(c *conn) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed[c] = true
	return nil
}

func (w *watcher) forget(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.armed, c)
}

func (w *watcher) run() {
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
		w.armed = map[*conn]bool{}
		w.mu.Unlock()
		for c := range due {
			c.home.Load().post(c)
		}
	}
}

func (w *watcher) close() {
	close(w.stop)
	<-w.done
}
