package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

func TestGetOrLoadLoadsOnce(t *testing.T) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f})
	var loads atomic.Int32
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			time.Sleep(time.Duration(i%10) * time.Millisecond)
			v, err := c.GetOrLoad(context.Background(), "k", time.Minute, func(context.Context) ([]byte, error) {
				time.Sleep(5 * time.Millisecond)
				return fmt.Appendf(nil, "load %d", loads.Add(1)), nil
			})
			if err != nil || string(v) != "load 1" {
				t.Errorf("GetOrLoad = %q, %v", v, err)
			}
			if len(v) > 0 {
				v[0] = 'X' // everyone has a copy
			}
		})
	}
	wg.Wait()
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads", n)
	}
	if v, _ := f.get("k"); v != "load 1" {
		t.Errorf("stored %q", v)
	}
	if d, err := c.TTL(context.Background(), "k"); err != nil || d <= 59*time.Second {
		t.Errorf("TTL %v, %v", d, err)
	}
}

func TestGetOrLoadFailures(t *testing.T) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f})
	ctx := testkit.Within(t, 5*time.Second)
	failure := errors.New("no database")
	_, err := c.GetOrLoad(ctx, "k", time.Minute, func(context.Context) ([]byte, error) { return nil, failure })
	if !errors.Is(err, failure) {
		t.Errorf("error %v", err)
	}
	if _, ok := f.get("k"); ok {
		t.Error("an error was stored")
	}
	func() {
		defer func() {
			p := recover()
			if p == nil || !strings.Contains(fmt.Sprint(p), "boom") || !strings.Contains(fmt.Sprint(p), "getorload_test.go") {
				t.Errorf("recovered %v", p)
			}
		}()
		c.GetOrLoad(ctx, "k", time.Minute, func(context.Context) ([]byte, error) { panic("boom") })
	}()
	f.stop() // loads work without the cache
	v, err := c.GetOrLoad(ctx, "k", time.Minute, func(context.Context) ([]byte, error) { return []byte("v"), nil })
	if err != nil || string(v) != "v" {
		t.Errorf("without the cache: %q, %v", v, err)
	}
}

func TestGetOrLoadObeysContexts(t *testing.T) {
	c := newClient(t, []*fakeNode{newFake(t)})
	ended, loaded := make(chan error, 100), make(chan struct{})
	load := func(ctx context.Context) ([]byte, error) {
		select {
		case <-ctx.Done():
			ended <- ctx.Err()
			return nil, ctx.Err()
		case <-loaded:
			ended <- nil
			return []byte("v"), nil
		}
	}
	waiting := func(n int) {
		t.Helper()
		testkit.Eventually(t, fmt.Sprint(n, " callers that wait"), func() bool {
			c.loads.mu.Lock()
			defer c.loads.mu.Unlock()
			f := c.loads.flights["load a"]
			return f != nil && f.waiting == n
		})
	}
	// One caller leaves, another stays: the load goes on.
	var wg sync.WaitGroup
	wg.Go(func() {
		if v, err := c.GetOrLoad(context.Background(), "a", NoExpiry, load); err != nil || string(v) != "v" {
			t.Errorf("the caller who stays: %q, %v", v, err)
		}
	})
	waiting(1)
	_, err := c.GetOrLoad(testkit.Within(t, 30*time.Millisecond), "a", NoExpiry, load)
	wantErr(t, err, "cache GetOrLoad", context.DeadlineExceeded)
	waiting(1)
	close(loaded)
	wg.Wait()
	if err := <-ended; err != nil {
		t.Errorf("the load was ended: %v", err)
	}
	loaded = nil
	// All leave: the load is cancelled.
	var called atomic.Bool
	for !called.Load() { // a busy machine may take these 20 ms before
		_, err = c.GetOrLoad(testkit.Within(t, 20*time.Millisecond), "b", NoExpiry, func(ctx context.Context) ([]byte, error) {
			called.Store(true)
			return load(ctx)
		})
	}
	wantErr(t, err, "deadline", context.DeadlineExceeded)
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("a load that nobody waits for ended with %v", err)
	}
}

// A value that is about to expire is reloaded in the background, by few callers; one far from
// its expiry by none.
func TestGetOrLoadRefreshesEarly(t *testing.T) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f})
	for try := 1; ; try++ { // a busy machine may let the value expire first
		took := reloaded(t, c, f, fmt.Sprint("k", try))
		if took < 75*time.Millisecond {
			return
		}
		if try == 20 {
			t.Fatalf("a value that ends after 60 ms was loaded again, in 20 ms, after %v", took)
		}
	}
}

// reloaded returns how long after a value's life was cut to 60 ms its reload, which takes 20 ms, has ended.
func reloaded(t *testing.T, c *Client, f *fakeNode, key string) (took time.Duration) {
	t.Helper()
	ctx := testkit.Within(t, testkit.Patience)
	var loads atomic.Int32
	load := func(context.Context) ([]byte, error) {
		time.Sleep(20 * time.Millisecond)
		return fmt.Appendf(nil, "v%d", loads.Add(1)), nil
	}
	if _, err := c.GetOrLoad(ctx, key, time.Hour, load); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if _, err := c.GetOrLoad(ctx, key, time.Hour, load); err != nil {
			t.Fatal(err)
		}
	}
	if n := loads.Load(); n != 1 {
		t.Fatalf("%d loads an hour before the end", n)
	}
	start := time.Now()
	if err := c.Expire(ctx, key, 60*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	for loads.Load() == 1 {
		v, err := c.GetOrLoad(ctx, key, time.Hour, load)
		// The load may have ended since the loop checked.
		if err != nil || string(v) != "v1" && loads.Load() == 1 {
			t.Fatalf("%q, %v", v, err)
		}
	}
	took = time.Since(start)
	testkit.Eventually(t, "the value is loaded again", func() bool { v, _ := f.get(key); return v == "v2" })
	if n := loads.Load(); n != 2 {
		t.Errorf("%d loads", n)
	}
	return took
}
