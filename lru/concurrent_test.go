package lru

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// owner is a goroutine with exclusive use of its keys, so it knows what each must
// hold, whatever the others do meanwhile.
type owner struct {
	c     Shards
	r     *rand.Rand
	name  string
	full  bool // others may have its entries evicted
	truth map[string]ownedValue
	did   Stats // hits, misses, sets and deletes of its own
	buf   []byte
}

type ownedValue struct{ from, n int } // a stretch of noise

// TestModelConcurrent lets several owners work at once, on a cache with room for
// everything and on one that evicts all the time. Each compares every reply with
// what it knows; at the end the counters must be the sums of what the owners did,
// and once all keys are deleted nothing may be left.
func TestModelConcurrent(t *testing.T) {
	seed := testSeed(t)
	for _, o := range []Options{
		{MaxMemory: 256 << 20, Shards: 1},
		{MaxMemory: 256 << 20, Shards: 16},
		{MaxMemory: 2 << 20, Shards: 1},
		{MaxEntries: 400, Shards: 8},
	} {
		t.Run(fmt.Sprintf("%d bytes %d entries %d shards", o.MaxMemory, o.MaxEntries, o.Shards), func(t *testing.T) {
			c := newTestCache(t, o)
			owners := make([]*owner, 4)
			for i := range owners {
				owners[i] = &owner{c: c, r: rand.New(rand.NewPCG(seed, uint64(i))), name: fmt.Sprint("owner", i),
					full: o.MaxMemory < 256<<20, truth: map[string]ownedValue{}}
			}
			together(owners, func(w *owner) {
				for range scale(10_000) {
					w.step(t)
				}
			})
			mustCheck(t, c)
			checkSums(t, c, owners)
			together(owners, func(w *owner) {
				for key := range w.truth {
					c.Delete([]byte(key))
				}
			})
			for c.Step(time.Hour) {
			}
			mustCheck(t, c)
			if st := c.Stats(); st.Entries != 0 || st.LiveBytes != 0 || st.UsedBytes > 16*int64(st.Shards)*c.table.Load().pageBytes() {
				t.Errorf("everything was deleted: %+v", st)
			}
		})
	}
}

func together(owners []*owner, work func(*owner)) {
	var wg sync.WaitGroup
	for _, w := range owners {
		wg.Go(func() { work(w) })
	}
	wg.Wait()
}

// step does one operation on one key of the owner.
func (w *owner) step(t *testing.T) {
	key := w.name + strconv.Itoa(w.r.IntN(400))
	want, set := w.truth[key]
	switch x := w.r.IntN(100); {
	case x < 50:
		w.c.Warm([]uint64{w.c.Hash([]byte(key))})
		got, ok := w.c.Get(w.buf[:0], []byte(key))
		w.buf = got
		w.count(ok, &w.did.Hits, &w.did.Misses)
		w.compare(t, "Get", key, ok, set)
		if ok && string(got) != string(noise[want.from:][:want.n]) {
			t.Errorf("Get(%s) is not what was set last", key)
		}
	case x < 80:
		v := ownedValue{w.r.IntN(1000), sizes[w.r.IntN(len(sizes))](w.r) / 8}
		if err := w.c.Set([]byte(key), noise[v.from:][:v.n], 0); err != nil {
			t.Error(err)
		}
		w.did.Sets++
		w.truth[key] = v
	case x < 95:
		ok := w.c.Delete([]byte(key))
		w.compare(t, "Delete", key, ok, set)
		delete(w.truth, key)
		if ok {
			w.did.Deletes++
		}
	default:
		w.c.Step(0)
	}
}

func (w *owner) count(ok bool, yes, no *int64) {
	if ok {
		*yes++
	} else {
		*no++
	}
}

func (w *owner) compare(t *testing.T, op, key string, found, set bool) {
	if found && !set || set && !found && !w.full {
		t.Errorf("%s(%s) finds it: %v, it was set: %v", op, key, found, set)
	}
}

// checkSums compares the cache's counters with what the owners did and know.
func checkSums(t *testing.T, c Shards, owners []*owner) {
	t.Helper()
	var want Stats
	for _, w := range owners {
		want.Hits += w.did.Hits
		want.Misses += w.did.Misses
		want.Sets += w.did.Sets
		want.Deletes += w.did.Deletes
		for key, v := range w.truth {
			want.Entries++
			want.LiveBytes += int64(len(key) + v.n)
		}
	}
	st := c.Stats()
	if st.Hits != want.Hits || st.Misses != want.Misses || st.Sets != want.Sets || st.Deletes != want.Deletes {
		t.Errorf("the counters are %+v, the owners did %+v", st, want)
	}
	if full := owners[0].full; !full && (st.Entries != want.Entries || st.LiveBytes != want.LiveBytes || st.Evictions != 0) {
		t.Errorf("the cache holds %d entries, %d bytes; the owners set %d, %d", st.Entries, st.LiveBytes, want.Entries, want.LiveBytes)
	} else if full && (st.Evictions == 0 || st.Entries >= want.Entries) {
		t.Errorf("nothing was evicted: %+v", st)
	}
}

// TestConcurrent lets goroutines write, read, warm, walk, flush and resize at
// once. Every value must belong to its key; afterwards everything must add up.
func TestConcurrent(t *testing.T) {
	seed := testSeed(t)
	for _, shards := range []int{1, 16} {
		t.Run(fmt.Sprint(shards), func(t *testing.T) {
			c := newTestCache(t, Options{MaxMemory: int64(shards) << 20, Shards: shards})
			var wg sync.WaitGroup
			ops := scale(15_000)
			for g := range 4 {
				wg.Go(func() { concurrentWorker(t, c, rand.New(rand.NewPCG(seed, uint64(g))), ops) })
			}
			stop := make(chan struct{})
			var bg sync.WaitGroup
			bg.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					c.Step(time.Millisecond)
					for cursor := uint64(0); ; {
						cursor = c.Scan(cursor, 10, c.Now(), func(s Reader, e Entry, key []byte) {})
						if cursor == 0 {
							break
						}
					}
					// Not in every round: memory that comes and goes takes most of the time.
					if i%1000 == 999 {
						c.Flush()
					}
					if i%100 == 99 {
						_ = c.SetLimits(0, int64(shards)<<20>>(i/100%2)|1<<20)
					}
				}
			})
			wg.Wait()
			close(stop)
			bg.Wait()
			mustCheck(t, c)
			st := c.Stats()
			t.Logf("%+v", st)
			if st.Hits == 0 || st.Evictions == 0 {
				t.Errorf("nothing was hit or evicted: %+v", st)
			}
		})
	}
}

func concurrentWorker(t *testing.T, c Shards, r *rand.Rand, ops int) {
	var buf, got []byte
	var hashes [MaxBatch]uint64
	var keys [MaxBatch]string
	for range ops / MaxBatch {
		for i := range keys {
			keys[i] = "k" + strconv.Itoa(r.IntN(3000))
			hashes[i] = c.Hash([]byte(keys[i]))
		}
		c.Warm(hashes[:])
		for i, key := range keys {
			s := c.Lock(hashes[i])
			if r.IntN(3) > 0 {
				if e, ok := s.Get(hashes[i], []byte(key), c.Now()); ok {
					got = s.AppendValue(got[:0], e)
					if !strings.HasPrefix(string(got), key+"/") {
						t.Errorf("the value of %s is %.30q", key, got)
					}
				}
			} else {
				size := max(20, sizes[r.IntN(len(sizes))](r))
				buf = valueFor(buf, key, r.Uint64(), size)
				if err := s.Put(hashes[i], []byte(key), buf, 0, c.Now()); err != nil {
					t.Error(err)
				}
			}
			s.Unlock()
		}
	}
}
