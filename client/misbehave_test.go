package client

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// onGet returns a plan that does a on every GET of key.
func onGet(key string, a act) func(int, []string) act {
	return func(_ int, args []string) act {
		if len(args) == 2 && args[0] == "GET" && args[1] == key {
			return a
		}
		return act{}
	}
}

// misbehaviours are the ways in which a node can fail to answer, and what a Get and a Set then return.
var misbehaviours = []struct {
	name string
	act  act
	get  failure
	set  failure
}{
	{"drops the connection", act{close: true},
		unknown("closed", ErrUnavailable), unknown("closed", ErrUnavailable)},
	{"executes and drops", act{close: true, after: true},
		unknown("closed", ErrUnavailable), unknown("closed", ErrUnavailable)},
	{"stalls", act{stall: true},
		unknown("read timeout", ErrTimeout), unknown("read timeout", ErrTimeout)},
	{"stalls in the middle of a reply", act{stall: true, reply: "$100\r\nabc", only: 9},
		unknown("read timeout", ErrTimeout), unknown("read timeout", ErrTimeout)},
	{"closes after k bytes", act{reply: "$100\r\nabc", only: 9},
		unknown("closed", ErrUnavailable), unknown("closed", ErrUnavailable)},
	{"answers garbage", act{reply: "<html>\r\n\r\n"},
		unknown("not valid RESP", ErrUnavailable), unknown("not valid RESP", ErrUnavailable)},
	{"answers a wrong length", act{reply: "$3\r\nabcde\r\n"},
		unknown("not valid RESP", ErrUnavailable), unknown("not valid RESP", ErrUnavailable)},
	{"answers an endless length", act{reply: "$99999999999999\r\n"},
		unknown("not valid RESP", ErrUnavailable), unknown("not valid RESP", ErrUnavailable)},
	{"answers with an error", act{reply: "-ERR broken\r\n"},
		failure{says: "ERR broken"}, failure{says: "ERR broken"}},
	{"says READONLY", act{reply: "-READONLY no\r\n"},
		failure{says: "read only", kinds: []error{ErrReadOnly}}, failure{says: "read only", kinds: []error{ErrReadOnly, ErrNotSent}}},
}

// failure is an error's text, and the errors that it matches.
type failure struct {
	says  string
	kinds []error
}

func unknown(says string, more ...error) failure { return failure{says, append(more, ErrUnknown)} }

// For each way in which a node can fail to answer, a read and a write return the exact error,
// callers waiting behind them get their answers, the client works afterwards and, by
// TestMain, no goroutine is left.
func TestMisbehaviour(t *testing.T) {
	t.Parallel()
	for _, x := range misbehaviours {
		t.Run(x.name, func(t *testing.T) {
			f := newFake(t)
			f.put("bad", "v")
			f.put("good", "v")
			c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1), WithReadTimeout(100*time.Millisecond))
			if err := c.Ping(context.Background()); err != nil {
				t.Fatal(err)
			}
			f.setPlan(func(_ int, args []string) act {
				if len(args) > 1 && args[1] == "bad" {
					return x.act
				}
				return act{}
			})
			ctx := testkit.Within(t, 15*time.Second)
			for op, w := range map[string]failure{"Get": x.get, "Set": x.set} {
				var err error
				if op == "Get" {
					_, err = c.Get(ctx, "bad")
				} else {
					err = c.Set(ctx, "bad", []byte("v"))
				}
				wantErr(t, err, w.says, w.kinds...)
				wantErr(t, err, "cache "+op+" on n1 ("+f.addr+")")
				if strings.Contains(x.name, "stalls") {
					var e *Error
					if errors.As(err, &e); e.Waited < 50*time.Millisecond || e.Waited > 10*time.Second {
						t.Errorf("%s waited %v", op, e.Waited)
					}
				}
			}
			if v, err := c.Get(ctx, "good"); err != nil || string(v) != "v" {
				t.Errorf("afterwards Get = %q, %v", v, err)
			}
		})
	}
}

func TestLateAnswersKeepTheOrder(t *testing.T) {
	f := newFake(t)
	f.put("late", "late value")
	f.put("other", "other value")
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1), WithReadTimeout(5*time.Second))
	if err := c.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
	f.setPlan(onGet("late", act{delay: 400 * time.Millisecond}))
	m := machine.Start(t)
	for range 3 {
		start := time.Now()
		_, err := c.Get(testkit.Within(t, 30*time.Millisecond), "late")
		for errors.Is(err, ErrNotSent) { // a busy machine may take these 30 ms before
			start = time.Now()
			_, err = c.Get(testkit.Within(t, 30*time.Millisecond), "late")
		}
		wantErr(t, err, "after", ErrTimeout, ErrUnknown, context.DeadlineExceeded)
		if d := time.Since(start); d > m.Allow(130*time.Millisecond) {
			t.Errorf("a caller with 30 ms waited %v", d)
		}
		// The late reply arrives first, and must not be taken for the reply to this Get.
		if v, err := c.Get(context.Background(), "other"); err != nil || string(v) != "other value" {
			t.Fatalf("Get = %q, %v", v, err)
		}
	}
	if _, accepted := f.connections(); accepted != 1 {
		t.Errorf("%d connections were made: a late answer must not cost one", accepted)
	}
}

func TestCancelledContexts(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1), WithReadTimeout(5*time.Second))
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := c.Get(ctx, "k"); err != nil {
		t.Fatal(err)
	}
	f.setPlan(onGet("k", act{delay: time.Second}))
	m := machine.Start(t)
	var start time.Time
	go func() {
		for f.count("GET") < 2 {
			time.Sleep(time.Millisecond)
		}
		start = time.Now()
		cancel()
	}()
	_, err := c.Get(ctx, "k")
	wantErr(t, err, "outcome unknown", ErrUnknown, context.Canceled)
	if errors.Is(err, ErrTimeout) {
		t.Error("a cancelled call says that it timed out")
	}
	if d := time.Since(start); d > m.Allow(200*time.Millisecond) {
		t.Errorf("returned after %v", d)
	}
	_, err = c.Get(ctx, "k")
	wantErr(t, err, "not sent", ErrNotSent, context.Canceled)
	_, err = c.GetMany(ctx, []string{"k"})
	if !errors.Is(err, ErrNotSent) {
		t.Errorf("GetMany: %v", err)
	}
}

func TestPushesAndAttributesAreSkipped(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	c := newClient(t, []*fakeNode{f})
	f.setPlan(onGet("k", act{before: ">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n|1\r\n+ttl\r\n:3\r\n"}))
	for range 3 {
		if v, err := c.Get(context.Background(), "k"); err != nil || string(v) != "v" {
			t.Fatalf("Get = %q, %v", v, err)
		}
	}
	rs, err := c.GetMany(context.Background(), []string{"k", "none", "k"})
	if err != nil || string(rs[2].Value) != "v" {
		t.Fatalf("GetMany = %v, %v", rs, err)
	}
}

func TestUnsolicitedReplyEndsTheConnection(t *testing.T) {
	f := newFake(t)
	f.put("k", "v")
	c := newClient(t, []*fakeNode{f}, WithConnsPerNode(1))
	f.setPlan(onGet("k", act{reply: "$1\r\nv\r\n$1\r\nw\r\n"}))
	if v, err := c.Get(context.Background(), "k"); err != nil || string(v) != "v" {
		t.Fatalf("Get = %q, %v", v, err)
	}
	testkit.Eventually(t, "another connection", func() bool { _, n := f.connections(); return n == 2 })
	if err := c.Nodes()[0].LastErr; !errors.Is(err, errProtocol) {
		t.Errorf("the connection ended with %v", err)
	}
}
