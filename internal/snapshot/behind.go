package snapshot

import (
	"io"
	"sync/atomic"
)

// behind writes on another goroutine, so that entries are collected while the disk works. An error is returned by the
// next Write, or by Close.
type behind struct {
	free   chan []byte
	full   chan []byte
	done   chan struct{} // closed at the end of the other goroutine
	failed atomic.Pointer[error]
}

// buffered is the number of blocks that wait for the disk.
const buffered = 4

// writeBehind returns a writer that must be closed.
func writeBehind(out io.Writer) *behind {
	w := &behind{free: make(chan []byte, buffered), full: make(chan []byte, buffered), done: make(chan struct{})}
	for range buffered {
		w.free <- nil
	}
	go func() {
		defer close(w.done)
		for b := range w.full {
			if w.failed.Load() == nil {
				if _, err := out.Write(b); err != nil {
					w.failed.Store(&err)
				}
			}
			w.free <- b[:0]
		}
	}()
	return w
}

func (w *behind) Write(b []byte) (int, error) {
	if err := w.failed.Load(); err != nil {
		return 0, *err
	}
	w.full <- append(<-w.free, b...)
	return len(b), nil
}

// Close waits until everything is written.
func (w *behind) Close() error {
	close(w.full)
	<-w.done
	if err := w.failed.Load(); err != nil {
		return *err
	}
	return nil
}
