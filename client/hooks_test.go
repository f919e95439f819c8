package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
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

// find returns the last event of an operation.
func (r *recorder) find(op Op) (last Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Op == op {
			last = e
		}
	}
	return last
}

func TestHooks(t *testing.T) {
	f := newFake(t)
	var rec recorder
	c := newClient(t, []*fakeNode{f}, WithHooks(&rec))
	ctx := testkit.Within(t, 5*time.Second)
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
	c.GetOrLoad(ctx, "key", NoExpiry, nil)
	check(OpGetOrLoad, 1, 0, 6, nil)
	if s := fmt.Sprint(rec.events); strings.Contains(s, "secret") {
		t.Error("a value reached the hooks")
	}
}

func TestOutcomes(t *testing.T) {
	for want, err := range map[string]error{
		"ok": nil, "error": errors.New("x"), "not_found": &Error{kind: kNotFound},
		"timeout": &Error{kind: kTimeout | kUnknown}, "canceled": &Error{Err: context.Canceled, kind: kNotSent},
		"unavailable": &Error{kind: kUnavailable | kUnknown}, "read_only": &ManyError{Err: &Error{kind: kReadOnly}},
		"busy": &Error{kind: kBusy}, "invalid": tooLarge(OpSet, 70000), "closed": &Error{kind: kClosed | kNotSent},
		"unknown": &Error{kind: kUnknown},
	} {
		e := Event{Err: err}
		if got := e.Outcome(); got != want {
			t.Errorf("%v is %q, want %q", err, got, want)
		}
		if e.Failed() != (want != "ok" && want != "not_found") {
			t.Errorf("%v: Failed is %v", err, e.Failed())
		}
	}
}

func TestJoinHooks(t *testing.T) {
	var order []string
	h := func(name string) Hooks { return namedHooks{name, &order} }
	f := newFake(t)
	c := newClient(t, []*fakeNode{f}, WithHooks(JoinHooks(h("a"), h("b"))))
	if err := c.Set(testkit.Within(t, 5*time.Second), "k", nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "start a, start b, end b, end a," {
		t.Errorf("called in the order %s", got)
	}
}

type namedHooks struct {
	name  string
	order *[]string
}

func (h namedHooks) Start(ctx context.Context, _ Op) context.Context {
	*h.order = append(*h.order, "start "+h.name+",")
	return ctx
}

func (h namedHooks) End(context.Context, Event) { *h.order = append(*h.order, "end "+h.name+",") }

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
