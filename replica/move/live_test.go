package move

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/ring"
)

// live is a move in real time, without a network: its driver carries out each request itself.
type live struct {
	tb     testing.TB
	giver  *Giver
	taker  *Taker
	im     *Import
	writes sync.RWMutex // a write holds it for reading, the driver while it holds all writes
	moved  atomic.Bool
}

func newLive(tb testing.TB, from, to *lru.Cache, log, toLog *replica.Log, slots *ring.SlotSet) *live {
	o := GiverOptions{ID: "1", Group: "A", Epoch: 1, Slots: *slots, Cache: from, Log: log}
	return &live{tb: tb, giver: NewGiver(o), taker: NewTaker(to, toLog)}
}

// run carries out the move.
func (l *live) run() {
	start := time.Now()
	for {
		now := time.Since(start)
		switch a := l.giver.Next(now); a.Do {
		case Wait:
			time.Sleep(min(a.Until-now, time.Millisecond))
		case Dial:
			l.giver.Connected()
		case Send:
			l.giver.Received(time.Since(start), []byte(l.execute(a.Data)))
		case Ask:
			l.giver.Answered(time.Since(start), nil)
		case Hold:
			l.writes.Lock()
			l.giver.Held()
		case Release:
			l.writes.Unlock()
		case Commit:
			l.moved.Store(true)
			l.giver.Committed(now, nil)
		case Done:
			l.writes.Unlock()
			return
		}
	}
}

// execute carries out a request, and returns its answer.
func (l *live) execute(request []byte) string {
	r, err := wire.ReadReply(bufio.NewReader(bytes.NewReader(request)))
	args := r.Texts()
	switch {
	case err != nil:
	case args[2] == "BEGIN":
		var slots ring.SlotSet
		if slots, err = ring.ParseSlotSet(args[6]); err == nil {
			number, _ := strconv.ParseUint(args[7], 10, 64)
			l.im, err = l.taker.Begin(args[4], 1, number, &slots)
		}
		for more := true; more && err == nil; {
			more, err = l.im.Step(1000)
		}
	case args[2] == "RECORDS":
		err = l.im.Records([]byte(args[4]))
	default:
		_, err = l.im.Confirm()
	}
	if err != nil {
		return fmt.Sprintf("-ERR %v\r\n", err)
	}
	return "+OK\r\n"
}

// write does a client's write, unless the slots are the taker's. key: see numbered.
func (l *live) write(from *node, r *rand.Rand, key []byte) bool {
	l.writes.RLock()
	defer l.writes.RUnlock()
	switch n := r.IntN(1000); {
	case l.moved.Load():
		return false
	case n == 0 && r.IntN(20) == 0:
		from.flush()
	case n < 200:
		from.remove(key)
	default:
		from.set(key, fmt.Appendf(nil, "%d", r.Int()), 0)
	}
	return true
}

// TestWritesDuringMove moves slots while goroutines write, and others store and flush at the taker.
func TestWritesDuringMove(t *testing.T) {
	clock := func() int64 { return 1000 }
	from, to := newNode(t, 1, clock), newNode(t, 2, clock)
	defer from.close()
	defer to.close()
	var slots ring.SlotSet
	slots.Add(0, 8191)
	for i := range 20_000 {
		from.set(numbered(i), []byte("before"), 0)
	}
	l := newLive(t, from.cache, to.cache, from.log, to.log, &slots)
	var wait sync.WaitGroup
	for w := range 3 {
		wait.Go(func() {
			for r := rand.New(rand.NewPCG(uint64(w), 5)); l.write(from, r, numbered(r.IntN(20_000))); {
			}
		})
	}
	wait.Go(func() {
		for i := 0; !l.moved.Load(); i++ {
			if key := numbered(i % 1000); !slots.HasKey(key) {
				to.set(key, []byte("own"), 0)
			}
			if i%1000 == 0 && i < 5000 {
				if err := l.taker.Flush(to.flush); err != nil && !errors.Is(err, ErrHandingOver) {
					t.Error(err)
				}
			}
		}
	})
	l.run()
	wait.Wait()
	if err := same("the slots' entries at the taker", entries(to.cache, slots.HasKey), entries(from.cache, slots.HasKey)); err != nil {
		t.Error(err)
	}
	t.Logf("%+v", l.giver.Progress())
}

func numbered(i int) []byte { return fmt.Appendf(nil, "key:%d", i) }
