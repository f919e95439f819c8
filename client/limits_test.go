package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// stalled returns a client of a node that accepts requests and answers none until release is
// called.
func stalled(t *testing.T, opts ...Option) (c *Client, f *fakeNode, release func()) {
	f = newFake(t)
	f.put("k", "v")
	c = newClient(t, []*fakeNode{f}, append([]Option{WithConnsPerNode(1), WithReadTimeout(20 * time.Second)}, opts...)...)
	if err := c.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
	gate := make(chan struct{})
	f.setPlan(func(_ int, args []string) act {
		if args[0] == "GET" {
			<-gate // with the fake's lock held: nobody is answered
		}
		return act{}
	})
	release = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(release)
	return c, f, release
}

func TestWaitForRoom(t *testing.T) {
	c, f, release := stalled(t, WithMaxInFlight(4, 1<<20))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if v, err := c.Get(context.Background(), "k"); err != nil || string(v) != "v" {
				t.Errorf("Get = %q, %v", v, err)
			}
		})
	}
	testkit.Eventually(t, "the queue is full", func() bool { return c.Nodes()[0].InFlight == 4 })
	m := machine.Start(t)
	start := time.Now()
	_, err := c.Get(testkit.Within(t, 30*time.Millisecond), "k")
	wantErr(t, err, "with 4 in flight", ErrTimeout, ErrNotSent, context.DeadlineExceeded)
	var e *Error
	if errors.As(err, &e); e.Queue != 4 || e.Waited < 20*time.Millisecond || e.Node != "n1" || e.Address != f.addr {
		t.Errorf("the error does not say where and how long: %+v", e)
	}
	if d := time.Since(start); d > m.Allow(200*time.Millisecond) {
		t.Errorf("waited %v for room", d)
	}
	for range 20 { // more than fit: the rest wait
		wg.Go(func() {
			if _, err := c.Get(context.Background(), "k"); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	release()
	wg.Wait()
	if n := c.Nodes()[0].InFlight; n != 0 {
		t.Errorf("%d in flight at the end", n)
	}
}

func TestFailWhenFull(t *testing.T) {
	c, _, release := stalled(t, WithMaxInFlight(2, 1<<20), WithFailWhenFull())
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { c.Get(context.Background(), "k") })
	}
	testkit.Eventually(t, "the queue is full", func() bool { return c.Nodes()[0].InFlight == 2 })
	_, err := c.Get(context.Background(), "k")
	wantErr(t, err, "queue full: not sent with 2 in flight", ErrBusy, ErrNotSent)
	wantErr(t, c.Set(context.Background(), "k", nil), "queue full", ErrBusy, ErrNotSent)
	release()
	wg.Wait()
}

// A node that does not read fills the socket's buffers; then the number of unsent bytes is
// bounded, and waiting callers observe their contexts.
func TestBytesInFlightAreBounded(t *testing.T) {
	t.Parallel()
	c, _, release := stalled(t, WithMaxInFlight(1<<20, 256<<10))
	var wg sync.WaitGroup
	wg.Go(func() { c.Get(context.Background(), "k") })
	testkit.Eventually(t, "the node stalls", func() bool { return c.Nodes()[0].InFlight == 1 })
	value := make([]byte, 60<<10)
	var timeouts atomic.Int64
	m := machine.Start(t)
	for i := range 400 { // 24 MB
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 400*time.Millisecond)
			defer cancel()
			start := time.Now()
			err := c.Set(ctx, fmt.Sprint(i), value)
			if d := time.Since(start); d > m.Allow(2*time.Second) {
				t.Errorf("returned after %v", d)
			}
			if errors.Is(err, ErrNotSent) && errors.Is(err, ErrTimeout) {
				timeouts.Add(1)
			}
		})
	}
	time.Sleep(200 * time.Millisecond)
	conn := c.topology.Load().nodes[0].slots[0].Load()
	conn.mu.Lock()
	waiting := len(conn.out) + conn.taken
	conn.mu.Unlock()
	if waiting > 256<<10+61<<10 {
		t.Errorf("%d bytes wait to be sent, the limit is %d", waiting, 256<<10)
	}
	time.Sleep(400 * time.Millisecond)
	release()
	wg.Wait()
	if timeouts.Load() == 0 {
		t.Error("nobody had to wait for room: the test shows nothing")
	}
	if v, err := c.Get(testkit.Within(t, 5*time.Second), "k"); err != nil || string(v) != "v" {
		t.Errorf("afterwards Get = %q, %v", v, err)
	}
}

// Requests queued behind a partial write are reported as not sent.
func TestUnsentRequestsAreKnown(t *testing.T) {
	t.Parallel()
	c, f, release := stalled(t, WithMaxInFlight(1<<20, 64<<20))
	var wg sync.WaitGroup
	wg.Go(func() { c.Get(context.Background(), "k") })
	testkit.Eventually(t, "the node stalls", func() bool { return c.Nodes()[0].InFlight == 1 })
	value := make([]byte, 60<<10)
	errs := make([]error, 300)
	for i := range errs {
		wg.Go(func() { errs[i] = c.Set(context.Background(), fmt.Sprint("w", i), value) })
	}
	testkit.Eventually(t, "all are queued", func() bool { return c.Nodes()[0].InFlight == 301 })
	conn := c.topology.Load().nodes[0].slots[0].Load()
	c.closed.Store(true) // so that nothing is tried again
	conn.fail(errors.New("cut by the test"))
	conn.goroutines.Wait() // the socket is closed
	release()
	wg.Wait()
	c.closed.Store(false)
	unsent := 0
	for i, err := range errs {
		_, stored := f.get(fmt.Sprint("w", i))
		switch {
		case errors.Is(err, ErrNotSent):
			unsent++
			if stored {
				t.Errorf("write %d was not sent, and is stored", i)
			}
		case !errors.Is(err, ErrUnknown):
			t.Errorf("write %d: %v", i, err)
		}
	}
	if unsent < 10 || unsent > 299 {
		t.Errorf("%d of 300 are known not to have been sent", unsent)
	}
}

func TestOldConnectionsAreReplaced(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.put("k", "v")
	c := newClient(t, []*fakeNode{f}, WithConnMaxAge(40*time.Millisecond), WithReadTimeout(200*time.Millisecond))
	m, began := machine.Start(t), time.Now()
	stop := readersOf(t, c, 8) // none of which may notice
	testkit.Eventually(t, "ten connections", func() bool { _, accepted := f.connections(); return accepted >= 10 })
	if took := time.Since(began); took > m.Allow(500*time.Millisecond) {
		t.Errorf("ten connections of at most 40 ms took %v", took)
	}
	testkit.Eventually(t, "old connections are closed", func() bool { open, _ := f.connections(); return open <= 6 })
	stop()
}

func TestClose(t *testing.T) {
	c, _, release := stalled(t)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := c.Get(context.Background(), "k")
			wantErr(t, err, "client closed", ErrClosed)
			if errors.Is(err, ErrUnknown) == errors.Is(err, ErrNotSent) { // it may still be in the writer's queue
				t.Errorf("%v: neither sent nor not sent", err)
			}
		})
	}
	testkit.Eventually(t, "all are in flight", func() bool { return c.Nodes()[0].InFlight == 10 })
	time.AfterFunc(50*time.Millisecond, release) // the fake's lock is needed to end
	c.Close()
	wg.Wait()
	_, err := c.Get(context.Background(), "k")
	wantErr(t, err, "client closed", ErrClosed, ErrNotSent)
	wantErr(t, c.Ping(context.Background()), "client closed", ErrClosed)
	if _, err := c.GetMany(context.Background(), []string{"k"}); !errors.Is(err, ErrClosed) {
		t.Errorf("GetMany: %v", err)
	}
	wantErr(t, c.Reload(), "client closed", ErrClosed)
	if err := c.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for name, x := range map[string]struct {
		opts []Option
		says string
	}{
		"nothing":     {nil, "no nodes"},
		"no group":    {[]Option{WithConfig(Config{})}, "no groups"},
		"no member":   {[]Option{WithConfig(Config{Groups: []Group{{ID: "g"}}})}, "no members"},
		"no address":  {[]Option{WithServers("")}, "without id or address"},
		"same twice":  {[]Option{WithServers("a:1", "a:1")}, "two members"},
		"no file":     {[]Option{WithConfigFile("none.json")}, "reading the config"},
		"bad timeout": {[]Option{WithReadTimeout(0)}, "read timeout must be positive"},
		"bad conns":   {[]Option{WithConnsPerNode(0)}, "1 to 64"},
		"bad limits":  {[]Option{WithMaxInFlight(0, 1)}, "at least 1"},
		"bad policy":  {[]Option{WithReads(9)}, "unknown read policy"},
		"bad health":  {[]Option{WithUnhealthy(0, time.Second)}, "at least 1"},
	} {
		if c, err := New(x.opts...); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", name, err)
			if c != nil {
				c.Close()
			}
		}
	}
}

const configText = `{"clientConf": {"connectionTimeout": 300, "keepAliveInterval": 15, "unHealthyInterval": 7},
 "servers": [
  {"id": "A1", "address": "%s", "role": "primary", "secondaries": ["A2"]},
  {"id": "A2", "address": "%s", "role": "secondary", "primary": "A1"}%s]}`

func TestConfigFileAndReload(t *testing.T) {
	a1, a2, b1 := newFake(t), newFake(t), newFake(t)
	path := filepath.Join(t.TempDir(), "config.json")
	write := func(extra string) {
		t.Helper()
		if err := os.WriteFile(path, fmt.Appendf(nil, configText, a1.addr, a2.addr, extra), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	c, err := New(WithConfigFile(path))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if o := c.topology.Load().opts; o.aside != 7*time.Second || o.maxAge != 300*time.Second || o.keepAlive != 15*time.Second {
		t.Errorf("clientConf is not obeyed: %v", o.timings)
	}
	ready(t, c)
	for i := range 50 {
		if err := c.Set(context.Background(), fmt.Sprint(i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if a1.count("SET") != 50 || a2.count("SET") != 0 {
		t.Errorf("%d writes to the primary and %d to the secondary", a1.count("SET"), a2.count("SET"))
	}
	_, before := a1.connections()
	write(fmt.Sprintf(`, {"id": "B1", "address": "%s", "role": "primary"}`, b1.addr))
	if err := c.Reload(); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if err := c.Set(context.Background(), fmt.Sprint(i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := b1.count("SET"); n < 70 || n > 130 {
		t.Errorf("the new group got %d of 200 writes", n)
	}
	if _, after := a1.connections(); after != before {
		t.Errorf("the node that stays was dialled %d times", after-before)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Reload(); err == nil || len(c.Nodes()) != 3 {
		t.Errorf("Reload of a broken file: %v, %d nodes", err, len(c.Nodes()))
	}
	write("")
	if err := c.Reload(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the node that has gone is left alone", func() bool { n, _ := b1.connections(); return n == 0 })
	if err := c.Set(context.Background(), "x", nil); err != nil {
		t.Error(err)
	}
}

// No read fails while the config changes back and forth.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	a, b := newFake(t), newFake(t)
	for _, f := range []*fakeNode{a, b} {
		f.put("k", "v")
	}
	cfgs := []Config{servers([]string{a.addr}), servers([]string{b.addr}), servers([]string{a.addr, b.addr})}
	var turn atomic.Int32
	c := newClientOf(t, cfgs[0])
	c.opts.source = func() (Config, error) { return cfgs[int(turn.Add(1))%3], nil }
	stop := readersOf(t, c, 8)
	for range 30 {
		time.Sleep(10 * time.Millisecond)
		if err := c.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	if n := stop(); n < 50 {
		t.Errorf("only %d reads", n)
	}
}

// The read timeout holds also on a node that is added and removed between two checks of the
// client's connections.
func TestShortLivedNode(t *testing.T) {
	t.Parallel()
	a, b := newFake(t), newFake(t)
	a.put("k", "v")
	b.setPlan(func(_ int, args []string) act { return act{stall: args[0] == "GET"} })
	cfgs := []Config{servers([]string{a.addr}), servers([]string{b.addr})}
	var turn atomic.Int32
	c := newClientOf(t, cfgs[0], WithReadTimeout(3*time.Second))
	ready(t, c)
	c.opts.source = func() (Config, error) { return cfgs[int(turn.Add(1))%2], nil }
	if err := c.Reload(); err != nil {
		t.Fatal(err)
	}
	answer := make(chan string, 1)
	go func() {
		// Without a deadline nothing of the read timeout is left for the other node.
		v, err := c.Get(testkit.Within(t, 20*time.Second), "k")
		answer <- fmt.Sprintf("%s %v", v, err)
	}()
	testkit.Eventually(t, "the node was asked", func() bool { return b.count("GET") > 0 })
	if err := c.Reload(); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-answer:
		if got != "v <nil>" {
			t.Error(got)
		}
	case <-time.After(testkit.Patience):
		t.Fatal("the request was never given up")
	}
}
