package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/machine"
)

// roller is a client that reads and writes while a group is restarted.
type roller struct {
	t        *testing.T
	c        *client.Client
	machine  *machine.Watch
	stop     chan struct{}
	wg       sync.WaitGroup
	reads    atomic.Int64
	writes   atomic.Int64
	refused  atomic.Int64 // writes that failed: those while there is no primary
	slowest  atomic.Int64 // read, in ns
	mu       sync.Mutex
	problems []string
	written  map[string]int // last version that was acknowledged
	tried    map[string]int // last version that was sent
}

const (
	// still is the number of keys that are only read, moving that of keys that are also written.
	still, moving = 5000, 100
	// deadline bounds one request of the client, where the machine is not busy.
	deadline = time.Second
)

// limited returns a context for one request.
func (r *roller) limited() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), r.machine.Allow(deadline))
}

func stillKey(i int) (key, value string) { return fmt.Sprint("still:", i), fmt.Sprintf("%0100d", i) }
func movingKey(i int) string             { return fmt.Sprint("moving:", i) }
func versionOf(value []byte) (n int)     { _, _ = fmt.Sscan(string(value), &n); return n }
func (r *roller) complain(f string, a ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problems = append(r.problems, fmt.Sprintf(f, a...))
}

// read reads keys that no client writes, until stop is closed. Each read must find its key.
func (r *roller) read(from int) {
	for i := from; ; i++ {
		select {
		case <-r.stop:
			return
		default:
		}
		key, want := stillKey(i % still)
		ctx, cancel := r.limited()
		began := time.Now()
		got, err := r.c.Get(ctx, key)
		took := time.Since(began)
		cancel()
		if err != nil || string(got) != want {
			r.complain("read of %s after %v: %.20q, %v", key, took, got, err)
		}
		r.reads.Add(1)
		for old := r.slowest.Load(); int64(took) > old && !r.slowest.CompareAndSwap(old, int64(took)); old = r.slowest.Load() {
		}
		time.Sleep(500 * time.Microsecond)
	}
}

// write writes growing versions, until stop is closed, and asks for each afterwards.
func (r *roller) write() {
	for n := 1; ; n++ {
		select {
		case <-r.stop:
			return
		default:
		}
		key := movingKey(n % moving)
		r.tried[key] = n
		ctx, cancel := r.limited()
		if err := r.c.Set(ctx, key, fmt.Append(nil, n)); err == nil {
			r.written[key] = n
			r.writes.Add(1)
		} else {
			r.refused.Add(1)
			r.t.Logf("%s: write of %s: %v", time.Now().Format("05.000"), key, err)
		}
		cancel()
		ctx, cancel = r.limited()
		if _, err := r.c.Get(ctx, key); err != nil && !errors.Is(err, client.ErrNotFound) { // a secondary may be behind
			r.complain("read of %s, which was written: %v", key, err)
		}
		cancel()
		time.Sleep(time.Millisecond)
	}
}

// TestRollingRestart restarts a loaded group of three node by node, as an upgrade does: the secondaries
// first, each with --recover, the primary last. For a client with a deadline of a second no read fails,
// and no acknowledged write is lost.
func TestRollingRestart(t *testing.T) {
	g := runningGroup(t, 2, nil)
	r := startRoller(t, g.Nodes[1].Config)
	r.inStep(2)
	r.begin()
	for _, i := range []int{1, 2, 0} {
		g.restart(i)
		r.inStep(2)
	}
	r.end()
	r.check(g.equal())
}

// restart ends a node as a service manager does, and waits until it serves again.
func (g *group) restart(i int) {
	g.t.Helper()
	g.nodes[i].signal(syscall.SIGTERM)
	if status := g.nodes[i].ended(patience); status != exitDone {
		g.t.Errorf("exit status %d", status)
	}
	g.start(i, "--recover")
	g.nodes[i].serving()
}

// startRoller makes a client with this config, and writes all keys that are only read.
func startRoller(t *testing.T, config string) *roller {
	t.Helper()
	c, err := client.New(client.WithConfigFile(config))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // the test is over
	for i := range still {
		key, value := stillKey(i)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err := c.Set(ctx, key, []byte(value))
		if cancel(); err != nil {
			t.Fatal(err)
		}
	}
	return &roller{t: t, c: c, machine: machine.Start(t), stop: make(chan struct{}), written: map[string]int{}, tried: map[string]int{}}
}

// begin starts the readers and the writer.
func (r *roller) begin() {
	for i := range 4 {
		r.wg.Go(func() { r.read(i * still / 4) })
	}
	r.wg.Go(r.write)
}

// end stops them, and fails the test if a read failed, or if there was hardly any request.
func (r *roller) end() {
	r.t.Helper()
	close(r.stop)
	r.wg.Wait()
	r.t.Logf("%d reads, the slowest %v; %d writes, %d failed", r.reads.Load(), time.Duration(r.slowest.Load()).Round(time.Millisecond), r.writes.Load(), r.refused.Load())
	for i, p := range r.problems {
		if r.t.Error(p); i == 10 {
			r.t.Fatalf("and %d more", len(r.problems)-i-1)
		}
	}
	if r.reads.Load() < 100 || r.writes.Load() < 20 {
		r.t.Error("the client was hardly there")
	}
}

// inStep waits until n secondaries have everything, as an operator does before the next restart.
func (r *roller) inStep(n int) {
	r.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		have, err := r.c.Wait(ctx, "n0", n, time.Second)
		cancel()
		if err == nil && have >= n {
			return
		}
	}
	r.t.Fatal("the secondaries are not in step")
}

// check compares the group's data in the end with what was acknowledged. A write that failed may have been
// executed nevertheless.
func (r *roller) check(all map[string]string) {
	r.t.Helper()
	for i := range still {
		key, value := stillKey(i)
		if all[key] != value+" until -1" {
			r.t.Errorf("%s is lost: %.20q", key, all[key])
		}
	}
	for key, n := range r.written {
		if got := versionOf([]byte(all[key])); got < n || got > r.tried[key] {
			r.t.Errorf("%s has version %d, %d was acknowledged", key, got, n)
		}
	}
}
