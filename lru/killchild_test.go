//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/lru/policy"
	"golang.org/x/sys/unix"
)

// killChild is the variable that makes a test's process one that TestKilled will kill; its value is a seed.
const killChild = "CACHEGOPHER_KILL_CHILD"

// runKillChild runs such a process, and does not return then.
func runKillChild() {
	seed, err := strconv.ParseUint(os.Getenv(killChild), 10, 64)
	if err != nil {
		return
	}
	if err := victimMain(seed); err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	os.Exit(0)
}

// victim is a process that uses a cache until it is killed.
type victim struct {
	c     Shards
	j     *journal
	seed  uint64
	spare int          // next of the files that it was given
	all   sync.RWMutex // held by each operation on a key; locked for those on all keys
	stop  atomic.Bool
}

func victimMain(seed uint64) error {
	end := make(chan os.Signal, 1)
	signal.Notify(end, unix.SIGTERM)
	j, err := mapJournal(os.NewFile(3, "journal"))
	if err != nil {
		return err
	}
	v := &victim{j: j, seed: seed}
	o := j.options(int(j.Limit))
	o.Shared = v.nextFile
	o.Policy = Policy(seed % uint64(len(policy.All())))
	j.Moving = 1
	cache, at, err := Attach(os.NewFile(4, "table"), o)
	if err != nil {
		return err
	}
	if len(at.Faults) > 0 {
		return fmt.Errorf("%+v", at)
	}
	v.c = cache.Shards()
	v.finishMove()
	atomic.StoreUint32(&j.Working, 1)
	var wg sync.WaitGroup
	for i := range killWorkers {
		wg.Go(func() { v.loop(i, v.operation) })
	}
	wg.Go(func() { v.loop(killWorkers, v.maintain) })
	<-end
	v.stop.Store(true)
	wg.Wait()
	v.finishMove()
	return v.c.Detach([]byte("state"))
}

func (v *victim) nextFile(int64) (*os.File, error) {
	if v.spare++; v.spare > spares {
		return nil, errors.New("no file is left")
	}
	return os.NewFile(uintptr(4+v.spare), "spare"), nil
}

// loop calls do until the end.
func (v *victim) loop(i int, do func(i int, r *rand.Rand) error) {
	r := rand.New(rand.NewPCG(v.seed, uint64(i)))
	for !v.stop.Load() {
		if err := do(i, r); err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
	}
}

// operation does one operation on a key of worker w.
func (v *victim) operation(w int, r *rand.Rand) error {
	v.all.RLock()
	defer v.all.RUnlock()
	atomic.AddInt64(&v.j.Operations, 1)
	i := r.IntN(killKeys/killWorkers)*killWorkers + w
	key, old := killKey(i), v.j.Keys[i]
	next := keyState{Flushes: v.j.Flushes}
	if r.IntN(3) == 0 {
		next.ExpireAt = atomic.LoadInt64(&v.j.Now) + int64(r.IntN(2000))
	}
	switch n := r.IntN(10); {
	case n < 5:
		v.j.Last[i]++
		next.Version = v.j.Last[i]
		v.begin(w, i, old, next)
		switch err := v.c.SetAt(key, killValue(nil, i, next.Version), next.ExpireAt); {
		case errors.Is(err, ErrFull):
			next = old
		case errors.Is(err, ErrNoSpace):
			next = keyState{}
		case err != nil:
			return err
		}
	case n < 6:
		v.begin(w, i, old, keyState{})
		next = keyState{}
		v.c.Delete(key)
	case n < 8:
		return v.read(w, r)
	default:
		return v.expire(w, key, i, old, next)
	}
	v.end(w, i, next)
	return nil
}

// begin notes that worker w begins to change key i.
func (v *victim) begin(w, i int, old, next keyState) {
	u := &v.j.Under[w]
	u.Key, u.Old, u.New = int32(i), old, next
	atomic.StoreUint32(&u.Active, 1)
}

// end notes that it has changed it.
func (v *victim) end(w, i int, next keyState) {
	v.j.Keys[i] = next
	atomic.StoreUint32(&v.j.Under[w].Active, 0)
}

// read reads many keys, each of which changes the order of use, and compares the first.
func (v *victim) read(w int, r *rand.Rand) error {
	for n := range 50 {
		i := r.IntN(killKeys/killWorkers)*killWorkers + w
		key, want := killKey(i), v.j.Keys[i]
		h := v.c.Hash(key)
		s := v.c.Lock(h)
		e, ok := s.Get(h, key, atomic.LoadInt64(&v.j.Now))
		var value []byte
		if ok {
			value = s.AppendValue(value, e)
		}
		s.Unlock()
		if ok && n == 0 && (readVersion(value, i) != want.Version || want.Flushes != v.j.Flushes) {
			return fmt.Errorf("%s has version %d, want %+v of %d flushes", key, readVersion(value, i), want, v.j.Flushes)
		}
	}
	return nil
}

func (v *victim) expire(w int, key []byte, i int, old, next keyState) error {
	next.Version = old.Version
	h := v.c.Hash(key)
	s := v.c.Lock(h)
	defer s.Unlock()
	e, ok := s.Peek(h, key, atomic.LoadInt64(&v.j.Now))
	if !ok {
		return nil
	}
	v.begin(w, i, old, next)
	switch _, err := s.SetExpiry(h, e, next.ExpireAt); {
	case errors.Is(err, ErrFull):
		next = old
	case errors.Is(err, ErrNoSpace):
		next = keyState{}
	case err != nil:
		return err
	}
	v.end(w, i, next)
	return nil
}

// maintain does something on all keys, and lets time pass.
func (v *victim) maintain(_ int, r *rand.Rand) error {
	atomic.AddInt64(&v.j.Now, int64(r.IntN(20)))
	switch n := r.IntN(400); {
	case n < 2:
		v.clear(v.c.Flush)
	case n < 4:
		v.clear(func() {
			v.c.BeginGeneration()
			for cursor, first := uint64(0), true; first || cursor != 0; first = false {
				cursor, _ = v.c.Sweep(cursor, 50)
			}
		})
	case n < 7 && v.spare < spares:
		v.j.Moving = 1
		limit := r.IntN(2)
		if r.IntN(4) == 0 {
			limit = r.IntN(len(killLimits))
		}
		v.j.limit(limit)
		if err := v.c.SetLimits(0, killLimits[limit]); err != nil && !errors.Is(err, ErrFull) {
			return err
		}
		v.finishMove()
	case n < 12:
		return v.c.SetPolicy(Policy(r.IntN(len(policy.All()))))
	default:
		v.c.Step(50 * time.Microsecond)
		time.Sleep(20 * time.Microsecond)
	}
	return nil
}

// clear calls remove, which removes all entries.
func (v *victim) clear(remove func()) {
	v.all.Lock()
	defer v.all.Unlock()
	v.j.Flushing = 1
	remove()
	v.j.Flushes++
	v.j.Flushing = 0
}

// finishMove waits until all entries are in one table.
func (v *victim) finishMove() {
	for len(v.c.table.Load().shared.olds) > 0 {
		v.c.Step(100 * time.Microsecond)
	}
	v.j.Moving = 0
}
