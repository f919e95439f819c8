package move

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
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
		if w.taker.HandingOver() {
			return
		}
		w.to.cache.Shards().FlushThen(func() {
			w.taker.Flushed()
			w.to.log.Flush()
		})
		clear(w.own)
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

// drive carries out what the giver wants.
func (w *world) drive() {
	if w.holding && !w.held && w.now >= w.haltedAt {
		w.held = true
		w.giver.Held()
	}
	a := w.giver.Next(w.now)
	switch a.Do {
	case Wait:
		if w.wait = a.Until; a.Until == never {
			w.wait = w.now + time.Millisecond
		}
	case Dial:
		w.conn = &connection{taker: w.taker, slow: 1 + w.rand.IntN(30)}
		w.giver.Connected()
	case Send:
		if w.conn == nil {
			w.t.Fatal("send without a connection")
		}
		w.conn.requests = append(w.conn.requests, bytes.Clone(a.Data))
	case Close:
		w.hangUp()
	case Hold:
		w.holding = true
		if w.haltedAt = w.now + time.Duration(w.rand.IntN(1000))*time.Microsecond; w.rand.IntN(4) == 0 {
			w.haltedAt += time.Second // a write takes too long
		}
	case Release:
		w.holding, w.held = false, false
	case Commit:
		if !w.held {
			w.t.Fatal("commit without held writes")
		}
		if w.rand.IntN(4) == 0 {
			w.giver.Committed(w.now, errBroken)
			return
		}
		w.giver.Committed(w.now, nil)
	case Done:
		w.committed = true
	}
}

// deliver makes the taker do a step for a connection, and returns an answer to its giver.
func (w *world) deliver(c *connection) (answer string) {
	var err error
	if c.purging {
		if c.purging, err = c.im.Step(1 + w.rand.IntN(100)); err == nil && !c.purging {
			return "+OK\r\n"
		}
	} else if len(c.requests) > 0 {
		var r wire.Reply
		if r, err = wire.ReadReply(bufio.NewReader(bytes.NewReader(c.requests[0]))); err == nil {
			answer, err = w.execute(c, r.Texts())
		}
		c.requests = c.requests[1:]
	}
	if err != nil {
		c.purging = false
		return fmt.Sprintf("-ERR %v\r\n", err)
	}
	return answer
}

func (w *world) execute(c *connection, args []string) (answer string, err error) {
	switch args[2] {
	case "BEGIN":
		var epoch uint64
		slots, err := ParseSlots(args[6])
		if _, err2 := fmt.Sscan(args[5], &epoch); err != nil || err2 != nil || slots != w.slots {
			w.t.Fatalf("BEGIN %q", args)
		}
		if c.im, err = c.taker.Begin(args[4], epoch, &slots); err == nil {
			c.purging = true
			w.mutant.begun(c.im)
		}
		return "", err
	case "RECORDS":
		w.mutant.received(c.im)
		return "+OK\r\n", c.im.Records([]byte(args[4]))
	}
	_, err = c.im.Confirm()
	return "+OK\r\n", err
}

// run lets the move come to its end, and returns what is wrong then.
func (w *world) run() error {
	for step := 0; !w.committed; step++ {
		if step == 200_000 {
			return fmt.Errorf("the move does not end: %+v, state %d, %d requests", w.giver.Progress(), w.giver.state, len(w.giver.sent))
		}
		w.step(step)
	}
	w.from.follow()
	w.to.follow()
	in, out := w.slots.HasKey, func(key []byte) bool { return !w.slots.HasKey(key) }
	if err := same("the slots' entries at the taker", entries(w.to.cache, in), entries(w.from.cache, in)); err != nil {
		return err
	}
	if err := same("the taker's own entries", entries(w.to.cache, out), w.own); err != nil {
		return err
	}
	any := func([]byte) bool { return true }
	if err := same("the taker's secondary", entries(w.to.secondary, any), entries(w.to.cache, any)); err != nil {
		return err
	}
	kept := entries(w.from.cache, out)
	for r := NewRemover(w.from.cache, w.from.log, &w.slots); r.Step(50); {
		w.from.follow()
	}
	w.from.follow()
	if err := same("the giver after the removal", entries(w.from.cache, any), kept); err != nil {
		return err
	}
	return same("the giver's secondary after the removal", entries(w.from.secondary, any), kept)
}

func (w *world) step(step int) {
	w.now += time.Duration(w.rand.IntN(300)) * time.Microsecond
	if !w.held && w.rand.IntN(2) == 0 {
		w.write()
	}
	if w.rand.IntN(4) == 0 {
		w.writeAtTaker()
	}
	if step < 3000 && w.rand.IntN(150) == 0 {
		w.trouble()
	}
	if w.now >= w.wait || w.holding {
		w.drive()
	}
	if c := w.conn; c != nil && w.rand.IntN(c.slow) == 0 {
		if c.answers = append(c.answers, w.deliver(c)...); len(c.answers) > 0 {
			n := 1 + w.rand.IntN(len(c.answers))
			w.giver.Received(w.now, c.answers[:n])
			c.answers, w.wait = c.answers[n:], 0
		}
	}
	if len(w.lost) > 0 && w.rand.IntN(60) == 0 { // what a lost connection still has on its way arrives late
		if w.deliver(w.lost[w.rand.IntN(len(w.lost))]); w.rand.IntN(20) == 0 {
			w.lost = w.lost[1:]
		}
	}
	w.from.follow()
	w.to.follow()
}

func same(what string, got, want map[string]string) error {
	if maps.Equal(got, want) {
		return nil
	}
	for key, value := range want {
		if got[key] != value {
			return fmt.Errorf("%s: %s is %.60q, want %.60q (%d entries, want %d)", what, key, got[key], value, len(got), len(want))
		}
	}
	for key, value := range got {
		if _, ok := want[key]; !ok {
			return fmt.Errorf("%s: %s is there, %.60q (%d entries, want %d)", what, key, value, len(got), len(want))
		}
	}
	return nil
}

var seeds = flag.Int("seeds", 40, "the number of runs of TestModel")

// tryMove runs a world and returns the number of attempts that it took.
func tryMove(t *testing.T, seed uint64, m mutant) (attempts int64, err error) {
	w := newWorld(t, seed, m)
	defer w.from.close()
	defer w.to.close()
	err = w.run()
	return w.attempts + w.giver.Progress().Attempts, err
}

// TestModel moves slots under random writes and troubles.
func TestModel(t *testing.T) {
	var attempts int64
	for seed := range uint64(*seeds) {
		n, err := tryMove(t, seed, mutant{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		attempts += n
	}
	if attempts < int64(2**seeds) {
		t.Errorf("%d attempts only: the troubles do not disturb", attempts)
	}
}
