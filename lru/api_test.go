package lru

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestStringKeys uses keys that are strings, short and long, without allocating.
func TestStringKeys(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 8 << 20})
	buf := make([]byte, 0, 100)
	for _, key := range []string{"short", strings.Repeat("long", 50)} {
		allocs := testing.AllocsPerRun(100, func() {
			if err := c.SetString(key, noise[:50], time.Hour); err != nil {
				t.Fatal(err)
			}
			if v, ok := c.GetString(buf, key); !ok || len(v) != 50 {
				t.Fatalf("%q has %d bytes, %v", key, len(v), ok)
			}
			if !c.DeleteString(key) {
				t.Fatalf("%q is not there", key)
			}
		})
		if allocs > 0 {
			t.Errorf("%d bytes of key: %v allocations", len(key), allocs)
		}
	}
}

// TestTTL gives lives as durations.
func TestTTL(t *testing.T) {
	now := int64(1000)
	c := newTestCache(t, Options{MaxMemory: 8 << 20, Clock: func() int64 { return now }})
	key := []byte("key")
	for _, ttl := range []time.Duration{0, -1, -time.Hour} {
		if err := c.Set(key, nil, ttl); ttl < 0 && !errors.Is(err, ErrTTL) {
			t.Errorf("%v: %v", ttl, err)
		}
		if _, err := c.Expire(key, ttl); !errors.Is(err, ErrTTL) {
			t.Errorf("Expire %v: %v", ttl, err)
		}
	}
	for ttl, want := range map[time.Duration]time.Duration{
		1: time.Millisecond, 1500 * time.Microsecond: 2 * time.Millisecond, time.Hour: time.Hour,
		1<<63 - 1: time.Duration(1<<63 - 1).Truncate(time.Millisecond),
	} {
		if err := c.Set(key, nil, ttl); err != nil {
			t.Fatal(err)
		}
		if got, ok := c.TTL(key); !ok || got < want {
			t.Errorf("%v became %v, %v", ttl, got, ok)
		}
	}
	if ok, err := c.Expire(key, 5*time.Millisecond); !ok || err != nil {
		t.Errorf("Expire: %v, %v", ok, err)
	}
	now += 5
	if _, ok := c.TTL(key); ok {
		t.Error("it outlives its time")
	}
	if ok, err := c.Expire(key, time.Hour); ok || err != nil {
		t.Errorf("Expire of nothing: %v, %v", ok, err)
	}
	if err := c.SetString("key", nil, 0); err != nil {
		t.Fatal(err)
	}
	if ttl, ok := c.TTL(key); ttl != 0 || !ok {
		t.Errorf("no expiry: %v, %v", ttl, ok)
	}
}

// TestOnEvict: OnEvict is called once for every eviction, with no lock held, also of shards that
// are being replaced, and nothing else.
func TestOnEvict(t *testing.T) {
	var c Shards
	var mu sync.Mutex
	reported := map[string]string{}
	c = newTestCache(t, Options{MaxMemory: 64 << 20, OnEvict: func(key, value []byte) {
		c.Get(nil, key) // deadlocks while a lock is held
		c.Stats()
		mu.Lock()
		defer mu.Unlock()
		if _, ok := reported[string(key)]; ok {
			t.Errorf("%q is reported twice", key)
		}
		reported[string(key)] = string(value)
	}})
	const n = 3000
	for i := range n {
		key := fmt.Sprint("key", i)
		if err := c.SetString(key, append([]byte(key), noise[:5000]...), 0); err != nil {
			t.Fatal(err)
		}
	}
	c.DeleteString("key1")
	if err := c.SetLimits(0, 4<<20); err != nil {
		t.Fatal(err)
	}
	var l Locked
	for i := range 50 {
		h := c.Hash(fmt.Append(nil, "new", i))
		c.LockAll(&l, []uint64{h})
		if err := l.Shard(h).Put(h, fmt.Append(nil, "new", i), noise[:20], 0, c.Now()); err != nil {
			t.Fatal(err)
		}
		l.Unlock()
	}
	st := settle(t, c)
	if int64(len(reported)) != st.Evictions || st.Evictions < 1000 {
		t.Errorf("%d evictions reported, %d counted", len(reported), st.Evictions)
	}
	for key, value := range reported {
		if !strings.HasPrefix(value, key) && !strings.HasPrefix(key, "new") {
			t.Errorf("%q had %.20q", key, value)
		}
	}
	before := len(reported)
	c.Flush()
	if len(reported) != before {
		t.Error("a flush is reported as evictions")
	}
}

// TestGetOrLoad shares loads among callers and ends those that nobody waits for.
func TestGetOrLoad(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 8 << 20})
	ctx, key := context.Background(), []byte("key")
	var loads atomic.Int32
	let := make(chan bool)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			v, err := c.GetOrLoad(ctx, []byte("a "), key, func(context.Context) ([]byte, time.Duration, error) {
				loads.Add(1)
				<-let
				return []byte("value"), time.Hour, nil
			})
			if string(v) != "a value" || err != nil {
				t.Errorf("%q, %v", v, err)
			}
		})
	}
	close(let)
	wg.Wait()
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads", n)
	}
	refused := errors.New("refused")
	for name, load := range map[string]Loader{
		"refused":             func(context.Context) ([]byte, time.Duration, error) { return nil, 0, refused },
		"the load panicked":   func(context.Context) ([]byte, time.Duration, error) { panic("oh") },
		"load did not return": func(context.Context) ([]byte, time.Duration, error) { runtime.Goexit(); return nil, 0, nil },
	} {
		if _, err := c.GetOrLoad(ctx, nil, []byte("other"), load); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended := make(chan bool)
	short, cancel := context.WithCancel(ctx)
	_, err := c.GetOrLoad(short, nil, []byte("hangs"), func(ctx context.Context) ([]byte, time.Duration, error) {
		cancel()
		<-ctx.Done()
		close(ended)
		return []byte("late"), 0, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a load that hangs: %v", err)
	}
	<-ended
	v, err := c.GetOrLoad(ctx, nil, []byte("meanwhile"), func(context.Context) ([]byte, time.Duration, error) {
		return []byte("older"), 0, c.SetString("meanwhile", []byte("newer"), 0)
	})
	if now, _ := c.GetString(nil, "meanwhile"); string(v) != "older" || err != nil || string(now) != "newer" {
		t.Errorf("loaded %q, %v; stored %q", v, err, now)
	}
	if v, err := c.GetOrLoad(ctx, nil, []byte("large"), func(context.Context) ([]byte, time.Duration, error) {
		return make([]byte, MaxSize), 0, nil
	}); len(v) != MaxSize || err != nil {
		t.Errorf("too large to store: %d bytes, %v", len(v), err)
	}
	cache, err := New(Options{MaxMemory: MinMemory})
	if err != nil {
		t.Fatal(err)
	}
	closed := cache.Shards()
	closed.Close()
	if _, err := closed.GetOrLoad(ctx, nil, key, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestLateCallerOfLoad joins after the load of a key has ended, as a caller does that missed before: it gets what was stored.
func TestLateCallerOfLoad(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 8 << 20})
	if err := c.SetString("key", []byte("value"), 0); err != nil {
		t.Fatal(err)
	}
	late, err := c.join(context.Background(), "key", func(context.Context) ([]byte, time.Duration, error) {
		t.Error("a value that was stored meanwhile is loaded again")
		return nil, 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if <-late.done; string(late.value) != "value" || late.err != nil {
		t.Errorf("late: %q, %v", late.value, late.err)
	}
	c.leave("key", late)
}
