package lru

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// TestAppend reads keys and values of many sizes, in slots and chained, whole and
// in parts.
func TestAppend(t *testing.T) {
	for _, memory := range []int64{MinMemory, 64 << 20} { // small and large chunks
		c := newTestCache(t, Options{MaxMemory: memory, Shards: 1})
		for _, klen := range []int{1, 16, 600, 9000, 40_000} {
			for _, vlen := range []int{0, 1, 100, 511, 512, 4096, 8191, 25_536} {
				for _, expireAt := range []int64{0, 1 << 50} {
					checkParts(t, c, noise[:klen], noise[klen:klen+vlen], expireAt)
				}
			}
		}
	}
}

// checkParts stores an entry and reads it in every way that Shard offers.
func checkParts(t *testing.T, c Shards, key, value []byte, expireAt int64) {
	t.Helper()
	what := fmt.Sprintf("key of %d, value of %d bytes", len(key), len(value))
	if err := c.SetAt(key, value, expireAt); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	h := c.Hash(key)
	s := c.Lock(h)
	defer s.Unlock()
	e, ok := s.Peek(h, key, 1)
	if !ok {
		t.Fatalf("%s: not found", what)
	}
	if got := s.AppendKey([]byte("pre"), e); !bytes.Equal(got[3:], key) {
		t.Errorf("%s: another key", what)
	}
	if got := s.AppendValue([]byte("pre"), e); !bytes.Equal(got[3:], value) || s.Len(e) != len(value) {
		t.Errorf("%s: another value, of %d bytes", what, s.Len(e))
	}
	if s.Expiry(e) != expireAt {
		t.Errorf("%s: expires at %d", what, s.Expiry(e))
	}
	if !s.ValueEqual(e, value) || s.ValueEqual(e, append(value[:len(value):len(value)], 'x')) {
		t.Errorf("%s: ValueEqual", what)
	}
	for i := range value {
		if i%997 == 0 {
			other := bytes.Clone(value)
			other[i]++
			if s.ValueEqual(e, other) {
				t.Errorf("%s: ValueEqual does not look at byte %d", what, i)
			}
			to := i + (len(value)-i)/2
			if got := s.AppendRange(nil, e, i, to); !bytes.Equal(got, value[i:to]) {
				t.Errorf("%s: AppendRange from byte %d to %d", what, i, to)
			}
		}
	}
	if n := s.Footprint(e); n < len(key)+len(value)+memory.HeadSize || n > (len(key)+len(value))*5/4+200 {
		t.Errorf("%s: takes %d bytes", what, n)
	}
}

// TestWrongPut asks for the errors of Put and that they leave nothing behind.
func TestWrongPut(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: MinMemory})
	if err := c.Set(nil, []byte("value"), 0); !errors.Is(err, ErrEmptyKey) {
		t.Errorf("no key: %v", err)
	}
	if err := c.Set(noise[:1000], noise[:MaxSize-1000+1], 0); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte too many: %v", err)
	}
	if n := c.Len(); n != 0 {
		t.Errorf("%d entries", n)
	}
	for _, klen := range []int{1, MaxSize / 2, MaxSize} {
		if err := c.Set(noise[:klen], noise[:MaxSize-klen], 0); err != nil {
			t.Errorf("key of %d bytes, %d in all: %v", klen, MaxSize, err)
		}
		if v, ok := c.Get(nil, noise[:klen]); !ok || !bytes.Equal(v, noise[:MaxSize-klen]) {
			t.Errorf("key of %d bytes is not found", klen)
		}
	}
}

// TestNoMemory makes the system refuse memory: the cache uses the memory that it has,
// and returns an error if that is none.
func TestNoMemory(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 64 << 20, Shards: 1})
	grant(t, c, memory.CommitStep)
	for i := range 5000 {
		if err := c.Set(fmt.Appendf(nil, "key:%d", i), noise[:1000], 0); err != nil {
			t.Fatalf("key %d: %v", i, err)
		}
	}
	if st := c.Stats(); st.Evictions == 0 || st.UsedBytes > memory.CommitStep+100_000 {
		t.Errorf("%d bytes granted: %+v", memory.CommitStep, st)
	}
	none := newTestCache(t, Options{MaxMemory: 64 << 20, Shards: 1, Clock: func() int64 { return 1 }})
	grant(t, none, 0)
	if err := none.Set([]byte("key"), nil, 0); !errors.Is(err, ErrNoSpace) {
		t.Errorf("nothing granted: %v", err)
	}
}

// grant bounds the memory that the one shard of c gets, until the test ends.
func grant(t *testing.T, c Shards, bytes int64) {
	t.Cleanup(c.table.Load().shards[0].mem.Bound(bytes))
}

// TestIdle uses entries at known times and asks how long ago that was.
func TestIdle(t *testing.T) {
	clock := &fakeTime{1_000_000}
	c := newTestCache(t, Options{MaxEntries: 1000, Clock: clock.Now})
	ages := []time.Duration{0, 3 * time.Second, 40 * time.Second, 10 * time.Minute, 5 * time.Hour}
	start := clock.ms
	last := ages[len(ages)-1]
	for tick := time.Duration(0); tick <= last; tick += time.Second {
		clock.ms = start + tick.Milliseconds()
		c.Step(time.Hour)
		for i, age := range ages {
			if tick == last-age {
				if err := c.Set(fmt.Appendf(nil, "key:%d", i), nil, 0); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for i, age := range ages {
		key := fmt.Appendf(nil, "key:%d", i)
		h := c.Hash(key)
		s := c.Lock(h)
		e, _ := s.Peek(h, key, clock.ms)
		got := s.Idle(e, clock.ms)
		s.Unlock()
		// To a second for a minute, then to a minute, then to an hour.
		coarse := time.Second
		if age >= time.Hour {
			coarse = time.Hour
		} else if age >= time.Minute {
			coarse = time.Minute
		}
		if got < age-coarse || got > age+coarse {
			t.Errorf("used %v ago: Idle is %v", age, got)
		}
	}
}

// TestLockAll moves amounts between entries in many goroutines, each under all
// the locks it needs: the sum must stay, and nobody may wait for ever.
func TestLockAll(t *testing.T) {
	const accounts, each = 20, 10 // all of it fits one byte
	c := newTestCache(t, Options{MaxMemory: 64 << 20, Shards: min(128, manyShards())})
	key := func(i int) []byte { return fmt.Appendf(nil, "account:%d", i) }
	for i := range accounts {
		if err := c.Set(key(i), []byte{each}, 0); err != nil {
			t.Fatal(err)
		}
	}
	seed := testSeed(t)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(g)))
			var all Locked
			for range scale(20_000) {
				from, to := key(r.IntN(accounts)), key(r.IntN(accounts))
				hashes := []uint64{c.Hash(from), c.Hash(to)}
				c.LockAll(&all, hashes)
				move(t, &all, hashes, from, to)
				all.Unlock()
			}
		})
	}
	wg.Wait()
	sum := 0
	for i := range accounts {
		v, _ := c.Get(nil, key(i))
		sum += int(v[0])
	}
	if sum != accounts*each {
		t.Errorf("the sum is %d, want %d", sum, accounts*each)
	}
}

// move takes one from an account and gives it to another.
func move(t *testing.T, all *Locked, hashes []uint64, from, to []byte) {
	for i, step := range []struct {
		key []byte
		by  int
	}{{from, -1}, {to, 1}} {
		s := all.Shard(hashes[i])
		e, ok := s.Get(hashes[i], step.key, 1)
		if !ok {
			t.Errorf("%s is gone", step.key)
			return
		}
		amount := int(s.AppendValue(nil, e)[0])
		if i == 0 && amount == 0 {
			return
		}
		if err := s.Put(hashes[i], step.key, []byte{byte(amount + step.by)}, 0, 1); err != nil {
			t.Error(err)
		}
	}
}
