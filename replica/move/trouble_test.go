package move

import (
	"bytes"
	"errors"
	"fmt"
)

func (w *world) key() []byte {
	if w.rand.IntN(4) == 0 {
		return fmt.Appendf(nil, "%d{tag%d}", w.rand.IntN(5), w.rand.IntN(40))
	}
	return fmt.Appendf(nil, "key:%d", w.rand.IntN(2000))
}

// write does a client's write at the giver's node.
func (w *world) write() {
	key := w.key()
	switch n := w.rand.IntN(100); {
	case n < 25:
		w.from.remove(key)
	case n < 40:
		w.from.set(key, fmt.Appendf(nil, "expires %d", w.rand.Int()), w.from.cache.Shards().Now()+1+int64(w.rand.IntN(500)))
	case n < 42:
		w.from.set(key, bytes.Repeat([]byte("x"), w.rand.IntN(60_000)), 0)
	case n == 42:
		w.from.log.Note([]byte("for the secondaries"))
	default:
		w.from.set(key, fmt.Appendf(nil, "%d", w.rand.Int()), 0)
	}
}

// writeAtTaker does a client's write to the taker's own slots.
func (w *world) writeAtTaker() {
	if key := w.key(); !w.slots.HasKey(key) {
		value := fmt.Sprint(w.rand.Int())
		w.to.set(key, []byte(value), 0)
		w.own[string(key)] = "0 " + value
	}
}

var errBroken = errors.New("broken")

// trouble is one random event that makes an attempt fail, or may.
func (w *world) trouble() {
	w.wait = 0 // the driver is woken
	switch w.rand.IntN(8) {
	case 0, 1:
		if w.conn != nil {
			w.hangUp()
			w.giver.Broken(errBroken)
		}
	case 2:
		if !w.held {
			w.from.flush()
			w.flushes++
		}
	case 3:
		if w.taker.Flush(w.to.flush) == nil {
			clear(w.own)
		}
	case 4:
		w.newGiver()
	case 5:
		w.taker.Stop()
		w.newTaker()
		w.hangUp()
		w.giver.Broken(errBroken)
	case 6: // the log overruns, if the connection is slow
		for range 8 {
			if !w.held {
				w.from.set(w.key(), bytes.Repeat([]byte("y"), 40_000), 0)
				w.from.follow()
			}
		}
	case 7:
		if w.giver.Cancel() {
			w.newGiver()
		}
	}
}
