package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

type recorder struct {
	mu     sync.Mutex
	events []Event
}

type hookKey struct{}

func (r *recorder) Start(ctx context.Context, op Op) context.Context {
	return context.WithValue(ctx, hookKey{}, op)
}

func (r *recorder) End(ctx context.Context, e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Value(hookKey{}) != e.Op {
		e.Err = fmt.Errorf("context of %v", ctx.Value(hookKey{}))
	}
	r.events = append(r.events, e)
}

func (r *recorder) last(t *testing.T) Event {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.events) == 0 {
		t.Fatal("no event")
	}
	return r.events[len(r.events)-1]
}

func TestHooks(t *testing.T) {
	f := newFake(t)
	var rec recorder
	c := newClient(t, []*fakeNode{f}, WithHooks(&rec))
	ctx := within(t, 5*time.Second)
	check := func(op Op, keys, out, in int, is error) {
		t.Helper()
		e := rec.last(t)
		if e.Op != op || e.Keys != keys || e.BytesOut != out || e.BytesIn != in || e.Duration <= 0 || e.Start.IsZero() ||
			(is == nil) != (e.Err == nil) || is != nil && !errors.Is(e.Err, is) {
			t.Errorf("%s: %+v", op, e)
		}
		if keys == 1 && op != OpGetOrLoad && (e.Node != "n1" || e.Address != f.addr || e.Attempts != 1) {
			t.Errorf("%s: %+v", op, e)
		}
	}
	if err := c.Set(ctx, "key", []byte("secret")); err != nil {
		t.Fatal(err)
	}
	check(OpSet, 1, 9, 0, nil)
	c.Get(ctx, "key")
	check(OpGet, 1, 3, 6, nil)
	c.GetTo(ctx, "key", make([]byte, 10))
	check(OpGet, 1, 3, 6, nil)
	c.Get(ctx, "none")
	check(OpGet, 1, 4, 0, ErrNotFound)
	c.GetMany(ctx, []string{"key", "none"})
	check(OpGetMany, 2, 7, 6, nil)
	c.Incr(ctx, "key", 1)
	var se *ServerError
	if e := rec.last(t); e.Op != OpIncr || !errors.As(e.Err, &se) {
		t.Errorf("Incr: %+v", e)
	}
	c.GetOrLoad(ctx, "key", 0, nil)
	check(OpGetOrLoad, 1, 0, 6, nil)
	if s := fmt.Sprint(rec.events); strings.Contains(s, "secret") {
		t.Error("a value reached the hooks")
	}
}

func TestOpNames(t *testing.T) {
	for op := range opCount {
		if op.String() == "" {
			t.Errorf("operation %d has no name", op)
		}
	}
	if opCount.String() != fmt.Sprintf("Op(%d)", opCount) {
		t.Errorf("unknown operation is %q", opCount)
	}
}
