package lru

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestClosed calls everything on a closed cache: it has nothing and takes nothing.
func TestClosed(t *testing.T) {
	for _, o := range []Options{{MaxMemory: MinMemory}, {MaxMemory: 64 << 20}, {MaxMemory: 64 << 20, NoBackground: true}} {
		cache, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		c := cache.Shards()
		key := []byte("key")
		if err := c.Set(key, noise[:20_000], 0); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok := c.Get(nil, key); ok {
			t.Error("Get finds something")
		}
		if err := c.Set(key, nil, 0); !errors.Is(err, ErrClosed) {
			t.Errorf("Set: %v", err)
		}
		if err := c.SetLimits(100, 0); !errors.Is(err, ErrClosed) {
			t.Errorf("SetLimits: %v", err)
		}
		h := c.Hash(key)
		var l Locked
		c.LockAll(&l, []uint64{h, ^h})
		if err := l.Shard(h).Put(h, key, key, 0, c.Now()); !errors.Is(err, ErrClosed) {
			t.Errorf("Put: %v", err)
		}
		if _, ok := l.Shard(h).Peek(h, key, c.Now()); ok {
			t.Error("Peek finds something")
		}
		l.Unlock()
		c.Warm([]uint64{h})
		c.Soon(h)
		c.Flush()
		c.FlushThen(func() {})
		c.BeginGeneration()
		if next, n := c.Sweep(0, 10); next != 0 || n != 0 {
			t.Errorf("Sweep: %d, %d", next, n)
		}
		if next := c.Unite(0, 10); next != 0 {
			t.Errorf("Unite: %d", next)
		}
		shown := func(Reader, Entry, []byte) { t.Error("a walk shows something") }
		if next := c.Scan(0, 10, c.Now(), shown); next != 0 {
			t.Errorf("Scan: %d", next)
		}
		if next := c.Visit(0, c.Now(), shown, func() bool { return false }, func() {}); next != 0 {
			t.Errorf("Visit: %d", next)
		}
		if _, ok := c.Random(nil, c.Now()); ok {
			t.Error("Random finds something")
		}
		if c.Step(time.Second) || c.Delete(key) || c.Len() != 0 {
			t.Error("something is left")
		}
		if st := c.Stats(); st.UsedBytes > 1000 {
			t.Errorf("%+v", st)
		}
		mustCheck(t, c)
	}
}

// TestCloseWhileUsed closes a cache that several goroutines use in every way, and
// whose limits change all the while.
func TestCloseWhileUsed(t *testing.T) {
	for round := range scale(6) {
		cache, err := New(Options{MaxMemory: 64 << 20})
		if err != nil {
			t.Fatal(err)
		}
		c := cache.Shards()
		var stop atomic.Bool
		var wg sync.WaitGroup
		for g := range 3 {
			wg.Go(func() {
				var l Locked
				for i := 0; !stop.Load(); i++ {
					if err := useOnce(c, &l, g, i); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Go(func() {
			for i := 0; !stop.Load(); i++ {
				sizes := []int64{MinMemory, 64 << 20, 8 << 20, 200 << 20}
				if err := c.SetLimits(0, sizes[i%len(sizes)]); err != nil && !errors.Is(err, ErrClosed) {
					t.Error(err)
				}
				c.Step(100 * time.Microsecond)
				c.Stats()
			}
		})
		time.Sleep(time.Duration(20+10*round) * time.Millisecond)
		var closing sync.WaitGroup
		for range 2 {
			closing.Go(func() {
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		closing.Wait()
		if _, ok := c.Get(nil, []byte("0:0")); ok {
			t.Error("something is found after Close")
		}
		time.Sleep(5 * time.Millisecond)
		stop.Store(true)
		wg.Wait()
	}
}

// useOnce uses c in one of several ways. What it reads must be what it wrote.
func useOnce(c Shards, l *Locked, g, i int) error {
	key := fmt.Appendf(nil, "%d:%d", g, i%1000)
	h := c.Hash(key)
	switch i % 8 {
	case 0, 1, 2:
		if v, ok := c.Get(nil, key); ok && string(v[:len(key)]) != string(key) {
			return fmt.Errorf("%q has %.20q", key, v)
		}
	case 3:
		hashes := []uint64{h, c.Hash([]byte("a")), c.Hash([]byte("b"))}
		c.Warm(hashes)
		c.LockAll(l, hashes)
		l.Shard(h).Peek(h, key, c.Now())
		l.Unlock()
	case 4:
		if i%400 == 4 {
			c.Flush()
		}
		c.Soon(h)
		c.Scan(h>>cursorShift, 20, c.Now(), func(r Reader, e Entry, _ []byte) { r.AppendValue(nil, e) })
	default:
		value := append(key[:len(key):len(key)], noise[:i%3000]...)
		if err := c.Set(key, value, 0); err != nil && !errors.Is(err, ErrClosed) {
			return err
		}
	}
	return nil
}
