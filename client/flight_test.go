package client

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

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// refreshing returns a client with a value whose next reader starts a refresh.
func refreshing(t *testing.T, opts ...Option) (*Client, *fakeNode) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f}, opts...)
	c.loads.took("k", 1e6*time.Hour)
	testkit.EventuallyNil(t, "the value is stored", func() error { // a busy machine may not connect in time
		return c.Set(testkit.Within(t, 10*time.Second), "k", []byte("old"), TTL(time.Hour))
	})
	return c, f
}

func constant(v string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return []byte(v), nil }
}

// A refresh that ignores its context and does not return loses its key, and its late result
// is not stored.
func TestHungRefreshLosesItsKey(t *testing.T) {
	c, f := refreshing(t, WithLoadTimeout(30*time.Millisecond))
	ctx := testkit.Within(t, 20*time.Second)
	release, hung := make(chan struct{}), make(chan struct{})
	v, err := c.GetOrLoad(ctx, "k", time.Hour, func(context.Context) ([]byte, error) {
		close(hung)
		<-release
		return []byte("late"), nil
	})
	if err != nil || string(v) != "old" {
		t.Fatalf("%q, %v", v, err)
	}
	<-hung
	if _, err := c.Delete(ctx, "k"); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the key can be loaded again", func() bool {
		v, err := c.GetOrLoad(ctx, "k", time.Hour, constant("new"))
		return err == nil && string(v) == "new"
	})
	close(release)
	c.loads.wg.Wait()
	if v, _ := f.get("k"); v != "new" {
		t.Errorf("the late load has stored %q", v)
	}
}

// A load that hangs is given up, although callers keep joining it.
func TestHungLoadIsGivenUp(t *testing.T) {
	c := newClient(t, []*fakeNode{newFake(t)}, WithLoadTimeout(50*time.Millisecond))
	release := make(chan struct{})
	defer close(release)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			_, err := c.GetOrLoad(context.Background(), "k", time.Hour, func(context.Context) ([]byte, error) {
				<-release
				return nil, nil
			})
			wantErr(t, err, "load timeout", ErrTimeout)
		})
	}
	wg.Wait()
	testkit.EventuallyNil(t, "another load", func() error { // 50 ms may be too short for it on a busy machine
		v, err := c.GetOrLoad(testkit.Within(t, 10*time.Second), "k", time.Hour, constant("new"))
		if err == nil && string(v) != "new" {
			t.Errorf("%q", v)
		}
		return err
	})
}

// A load that ends its goroutine, as t.FailNow does, fails for all its waiters.
func TestLoadThatExits(t *testing.T) {
	c := newClient(t, []*fakeNode{newFake(t)})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			v, err := c.GetOrLoad(testkit.Within(t, 10*time.Second), "k", time.Hour, func(context.Context) ([]byte, error) {
				time.Sleep(20 * time.Millisecond)
				runtime.Goexit()
				return nil, nil
			})
			if !errors.Is(err, errLoadExited) || v != nil {
				t.Errorf("GetOrLoad = %q, %v", v, err)
			}
		})
	}
	wg.Wait()
	if v, err := c.GetOrLoad(testkit.Within(t, 10*time.Second), "k", time.Hour, constant("new")); err != nil || string(v) != "new" {
		t.Errorf("afterwards: %q, %v", v, err)
	}
}

// Hooks see the result of a refresh, and the next caller gets its panic, once.
func TestFailedRefreshIsReported(t *testing.T) {
	for name, load := range map[string]func(context.Context) ([]byte, error){
		"panic":  func(context.Context) ([]byte, error) { panic("boom") },
		"Goexit": func(context.Context) ([]byte, error) { runtime.Goexit(); return nil, nil },
		"error":  func(context.Context) ([]byte, error) { return nil, errors.New("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			var rec recorder
			c, _ := refreshing(t, WithHooks(&rec))
			ctx := testkit.Within(t, 10*time.Second)
			if v, err := c.GetOrLoad(ctx, "k", time.Hour, load); err != nil || string(v) != "old" {
				t.Fatalf("%q, %v", v, err)
			}
			c.loads.wg.Wait()
			e := rec.find(OpRefresh)
			var p *LoadPanic
			if e.Err == nil || errors.As(e.Err, &p) != (name == "panic") {
				t.Errorf("hooks saw %+v", e)
			}
			get := func() (p any) {
				defer func() { p = recover() }()
				c.loads.costs = [costSlots]atomic.Int64{} // no other refresh
				if v, err := c.GetOrLoad(ctx, "k", time.Hour, constant("new")); err != nil || string(v) != "old" {
					t.Errorf("the next caller gets %q, %v", v, err)
				}
				return nil
			}
			if got := get(); (got != nil) != (name == "panic") || got != nil && !strings.Contains(fmt.Sprint(got), "flight_test.go") {
				t.Errorf("the next caller recovers %v", got)
			}
			if got := get(); got != nil {
				t.Errorf("the second caller recovers %v", got)
			}
		})
	}
}

// Close ends the wait for a load at once, and does not wait for ever for one that ignores
// its context.
func TestCloseBesideHungLoad(t *testing.T) {
	c := newClient(t, []*fakeNode{newFake(t)})
	c.loads.grace = 50 * time.Millisecond
	release, hung, failed := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, err := c.GetOrLoad(context.Background(), "k", time.Hour, func(context.Context) ([]byte, error) {
			close(hung)
			<-release
			return nil, nil
		})
		failed <- err
	}()
	<-hung
	closed := make(chan struct{})
	go func() { c.Close(); close(closed) }()
	wantErr(t, <-failed, "client closed", ErrClosed)
	<-closed
	close(release)
	c.loads.wg.Wait()
}

// No load starts once Close has returned.
func TestNoLoadAfterClose(t *testing.T) {
	f := newFake(t)
	rounds := 300
	if testing.Short() {
		rounds = 100
	}
	for range rounds {
		c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1))
		var closed atomic.Bool
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := 0; ; i++ {
					_, err := c.GetOrLoad(context.Background(), fmt.Sprint(w, "-", i), time.Hour, func(context.Context) ([]byte, error) {
						if closed.Load() {
							t.Error("a load began after Close had returned")
						}
						return nil, nil
					})
					if errors.Is(err, ErrClosed) {
						return
					}
				}
			})
		}
		time.Sleep(500 * time.Microsecond)
		c.Close()
		closed.Store(true)
		wg.Wait()
	}
}
