package drive

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

func moveOf(id string, first, last uint16) topology.Move {
	return topology.Move{ID: id, From: "a", To: "b", Ranges: topology.SlotRanges{{First: first, Last: last}}}
}

func key(i int) []byte { return fmt.Appendf(nil, "key:%d", i) }

const keys = 3000

// fill stores the keys at the giver, and leftovers at the taker.
func (w *world) fill(slots *ring.SlotSet) {
	w.t.Helper()
	for i := range keys {
		w.set(key(i), "first")
		if i%5 == 0 && slots.HasKey(key(i)) {
			if err := w.to.Set(key(i), []byte("leftover"), 0); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// set does a write at the giver.
func (w *world) set(key []byte, value string) {
	c := w.from.Shards()
	h := c.Hash(key)
	s := c.Lock(h)
	defer s.Unlock()
	if err := s.Put(h, key, []byte(value), 0, c.Now()); err != nil {
		w.t.Error(err)
	}
	w.log.Set(h, key, []byte(value), 0)
}

// write lets goroutines write at the giver until stop is called, but for slots that are redirected or suspended. It returns the
// last values.
func (w *world) write(slots *ring.SlotSet) (stop func() map[string]string) {
	var over atomic.Bool
	var writers sync.WaitGroup
	last := make([]map[string]string, 2)
	for n := range last {
		last[n] = map[string]string{}
		writers.Go(func() {
			for r := rand.New(rand.NewPCG(uint64(n), 3)); !over.Load(); {
				i := r.IntN(keys/2)*2 + n
				w.writes.RLock()
				w.mu.Lock()
				suspended := w.suspended != nil
				w.mu.Unlock()
				if slots.HasKey(key(i)) && (suspended || w.gone.Load()) {
					w.writes.RUnlock()
					time.Sleep(100 * time.Microsecond)
					continue
				}
				value := fmt.Sprint(r.Int())
				w.set(key(i), value)
				last[n][string(key(i))] = value
				w.writes.RUnlock()
				time.Sleep(20 * time.Microsecond)
			}
		})
	}
	return func() map[string]string {
		over.Store(true)
		writers.Wait()
		for k, v := range last[1] {
			last[0][k] = v
		}
		return last[0]
	}
}

// read lets a goroutine read entries of the slots at the giver, slowly: a while after it has found that the node answers for them.
func (w *world) read(slots *ring.SlotSet) (stop func()) {
	var over atomic.Bool
	var reader sync.WaitGroup
	reader.Go(func() {
		for i := 0; !over.Load(); i = (i + 1) % keys {
			if !slots.HasKey(key(i)) || w.gone.Load() {
				time.Sleep(10 * time.Microsecond)
				continue
			}
			began := time.Now()
			time.Sleep(3 * time.Millisecond)
			// On a busy machine this goroutine may have stood still for longer than a request can.
			if _, there := w.from.Get(nil, key(i)); !there && time.Since(began) < removeAfter/2 {
				w.fault("a reader misses %s", key(i))
			}
		}
	})
	return func() {
		over.Store(true)
		reader.Wait()
	}
}

// check compares both nodes with what was written: the slots' entries are at the taker, the others at the giver.
func (w *world) check(slots *ring.SlotSet, written map[string]string) {
	w.t.Helper()
	for i := range keys {
		want := "first"
		if v, ok := written[string(key(i))]; ok {
			want = v
		}
		at, other := w.from, w.to
		if slots.HasKey(key(i)) {
			at, other = w.to, w.from
		}
		if got, _ := at.Get(nil, key(i)); !bytes.Equal(got, []byte(want)) {
			w.t.Fatalf("%s is %q, want %q", key(i), got, want)
		}
		if got, there := other.Get(nil, key(i)); there {
			w.t.Fatalf("%s is still at the other group: %q", key(i), got)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held || w.suspended != nil || len(w.faults) > 0 {
		w.t.Errorf("held %v, suspended %v, %q", w.held, w.suspended != nil, w.faults)
	}
}

// whole runs a world with one move of half of the slots, under writes.
func whole(t *testing.T, prepare func(w *world)) (*world, *Mover) {
	t.Helper()
	mv := moveOf("1.1", 0, 8191)
	w, slots := newWorld(t, mv), mv.Ranges.Set()
	w.fill(&slots)
	prepare(w)
	stop, stopReading := w.write(&slots), w.read(&slots)
	m := w.run()
	stopReading()
	w.check(&slots, stop())
	return w, m
}

// TestMove moves slots while clients write.
func TestMove(t *testing.T) {
	w, m := whole(t, func(*world) {})
	if !slices.Equal(w.dones, []string{"1.1"}) || !slices.Equal(w.removed, w.dones) {
		t.Errorf("the taker was told of %v, removed %v", w.dones, w.removed)
	}
	s := m.Status()
	if s.Done != 1 || s.Bytes == 0 || s.HeldLast == 0 || s.HeldMax < s.HeldLast || s.Removed < keys/3 || len(s.Moves) != 0 {
		t.Errorf("%+v", s)
	}
}

// TestMovesOneAfterAnother moves three ranges, of which the first goes to a group without a primary for a while.
func TestMovesOneAfterAnother(t *testing.T) {
	first := moveOf("1.1", 0, 999)
	first.To = "c"
	w := newWorld(t, first, moveOf("1.2", 1000, 1999), moveOf("1.3", 2000, 2999))
	w.noTaker["c"] = true
	w.hook = func(step string) {
		if a := w.Assignment(); step == "moved" && len(a.Moves) == 1 {
			w.mu.Lock()
			w.noTaker["c"] = false
			w.mu.Unlock()
		}
	}
	w.run()
	if done := w.dones; !slices.Equal(done, []string{"1.2", "1.3", "1.1"}) || len(w.removed) != 3 {
		t.Errorf("done %v, removed %v", done, w.removed)
	}
}

// TestCommitRefused wants clients' writes to go on after a commit that etcd has not recorded, and another try.
func TestCommitRefused(t *testing.T) {
	tries := 0
	whole(t, func(w *world) {
		w.commits = func(_ context.Context, record func() (uint64, error)) (uint64, error) {
			if tries++; tries < 4 {
				return 0, errRefused
			}
			return record()
		}
	})
	if tries != 4 {
		t.Errorf("%d tries", tries)
	}
}

// TestSilentEtcd wants no hand-over to begin while etcd does not answer: it would suspend the slots until etcd does.
func TestSilentEtcd(t *testing.T) {
	asked := 0
	whole(t, func(w *world) {
		w.silent = errRefused
		w.hook = func(step string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			switch {
			case step == "answers":
				if asked++; asked == 4 {
					w.silent = nil
				}
			case step == "hold" && w.silent != nil:
				w.faults = append(w.faults, "writes are held while etcd does not answer")
			}
		}
	})
	if asked != 4 {
		t.Errorf("etcd was asked %d times", asked)
	}
}

// TestUncertain lets commits take long. Writes go on meanwhile, but the slots stay suspended, whichever way it ends.
func TestUncertain(t *testing.T) {
	tries := 0
	whole(t, func(w *world) {
		w.commits = func(_ context.Context, record func() (uint64, error)) (uint64, error) {
			tries++
			version, err := uint64(0), errRefused
			if tries == 2 {
				version, err = record()
			}
			for began := time.Now(); ; time.Sleep(time.Millisecond) {
				w.mu.Lock()
				held, suspended := w.held, w.suspended != nil
				w.mu.Unlock()
				if !suspended {
					w.fault("the slots are not suspended during a commit")
				}
				if !held || time.Since(began) > 20*time.Second {
					if took := time.Since(began); took < commitWithin/2 || held {
						w.fault("writes were held for %v, held %v", took, held)
					}
					break
				}
			}
			return version, err
		}
	})
	if tries != 2 {
		t.Errorf("%d commits", tries)
	}
}

// steps are those of a move at which it can be disturbed. At recorded etcd has recorded the new owner, and the node does not
// know it yet.
var steps = []string{"dial", "BEGIN", "RECORDS", "answers", "hold", "CONFIRM", "commit", "recorded", "DONE", "moved", "remove", "removed"}

// TestTermEnds ends the node's term at each step of a move. In its next term the node goes on with what etcd has.
func TestTermEnds(t *testing.T) {
	for _, at := range steps {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			whole(t, func(w *world) {
				w.once(at, w.endTerm, func(context.Context) error {
					time.Sleep(20 * time.Millisecond)
					return errRefused
				})
			})
		})
	}
}

// TestKilled ends the Mover at each step of a move. The next one goes on with what etcd has.
func TestKilled(t *testing.T) {
	for _, at := range steps {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			whole(t, func(w *world) {
				w.once(at, func() {
					w.endTerm()
					w.kill()
				}, func(ctx context.Context) error {
					<-ctx.Done()
					return coordination.ErrUncertain
				})
			})
		})
	}
}

// once calls end at a step, the first time. If that is during a commit, failed says how the commit ends.
func (w *world) once(at string, end func(), failed func(context.Context) error) {
	var done atomic.Bool
	is := func(step string) bool {
		if step != at || !done.CompareAndSwap(false, true) {
			return false
		}
		end()
		return true
	}
	w.hook = func(step string) {
		if step != "commit" {
			is(step)
		}
	}
	w.commits = func(ctx context.Context, record func() (uint64, error)) (uint64, error) {
		if is("commit") {
			return 0, failed(ctx)
		}
		version, err := record()
		if err == nil && is("recorded") {
			if ctx.Err() != nil {
				return 0, failed(ctx)
			}
			time.Sleep(20 * time.Millisecond)
		}
		return version, err
	}
}

// endTerm ends the node's term, and begins another one a little later.
func (w *world) endTerm() {
	w.mu.Lock()
	w.leads, w.term = false, w.term+1
	w.gone.Store(len(w.a.Moves) == 0)
	w.mu.Unlock()
	time.AfterFunc(30*time.Millisecond, func() {
		w.mu.Lock()
		w.leads, w.term, w.epoch = true, w.term+1, w.epoch+1
		w.gone.Store(len(w.a.Moves) == 0) // redirected by what etcd has
		w.mu.Unlock()
	})
}

// TestCancelled takes a move from the assignment while its taker is slow.
func TestCancelled(t *testing.T) {
	w := newWorld(t, moveOf("1.1", 0, 16383))
	w.hook = func(step string) {
		if step == "RECORDS" {
			w.mu.Lock()
			w.a.Moves = nil
			w.mu.Unlock()
		}
	}
	w.fill(&ring.SlotSet{})
	m := w.run()
	if s := m.Status(); s.Done != 0 || w.held || w.suspended != nil || len(w.moved) != 0 || w.from.Stats().Entries != keys {
		t.Errorf("%+v; moved %v, %d entries", s, w.moved, w.from.Stats().Entries)
	}
}
