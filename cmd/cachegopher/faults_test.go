package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/netfault"
)

var (
	faults    = flag.Int("faults", 20, "how many faults TestGroupFaults makes")
	faultSeed = flag.Uint64("fault-seed", 0, "of TestGroupFaults; 0: a random one")
)

// TestGroupFaults kills, stops and restarts the nodes of a group, and breaks their connections, while
// clients write to the primary and read from all. In the end all nodes must have the same data.
func TestGroupFaults(t *testing.T) {
	t.Parallel()
	seed := *faultSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	g := newGroup(t, 2)
	for _, i := range r.Perm(3) {
		g.start(i)
	}
	ctx, stop := context.WithCancel(context.Background())
	load := &groupLoad{g: g}
	var clients sync.WaitGroup
	for i := range 2 {
		clients.Go(func() { load.write(ctx, rand.New(rand.NewPCG(seed, uint64(10+i)))) })
	}
	clients.Go(func() { load.writeLines(ctx) })
	for i := range 3 {
		clients.Go(func() { load.read(ctx, i, rand.New(rand.NewPCG(seed, uint64(20+i)))) })
	}
	for range *faults {
		g.fault(r)
		time.Sleep(time.Duration(r.IntN(600)) * time.Millisecond)
	}
	for i := range g.nodes {
		if g.nodes[i] == nil {
			g.start(i)
		}
	}
	for _, p := range g.proxies {
		p.Does(pieces)
	}
	time.Sleep(time.Second) // clients go on without faults
	stop()
	clients.Wait()
	held := g.equal()
	t.Logf("%d writes, %d reads; %d entries at the end", load.writes.Load(), load.reads.Load(), len(held))
	if load.writes.Load() == 0 || load.reads.Load() == 0 {
		t.Error("nothing was written, or nothing read")
	}
	if wrong := load.wrong.Load(); wrong != nil {
		t.Error(*wrong)
	}
}

// fault causes a fault, or ends an earlier one.
func (g *group) fault(r *rand.Rand) {
	i := r.IntN(len(g.nodes))
	d := g.nodes[i]
	switch kind := r.IntN(10); {
	case d == nil:
		var flags []string
		if r.IntN(2) == 0 {
			flags = append(flags, "--recover")
		}
		g.start(i, flags...)
	case kind < 4:
		g.kill(i)
	case kind < 6:
		d.signal(syscall.SIGSTOP)
		time.Sleep(time.Duration(r.IntN(1000)) * time.Millisecond)
		d.signal(syscall.SIGCONT)
	case kind < 9:
		g.proxies[r.IntN(len(g.proxies))].Cut()
	default:
		g.proxies[r.IntN(len(g.proxies))].Does([]netfault.Fault{pieces, slow}[r.IntN(2)])
	}
}

// groupLoad runs the clients of a group, and collects the errors that they find.
type groupLoad struct {
	g             *group
	writes, reads atomic.Int64
	version       atomic.Int64
	wrong         atomic.Pointer[string]
}

// groupKey returns a key with bytes that are not text.
func groupKey(n int) string { return fmt.Sprintf("k\x00\r\n\xff%d", n) }

// groupValue returns a value that identifies its key.
func groupValue(key string, version int64, size int) string {
	return fmt.Sprintf("%q %d %s.", key, version, strings.Repeat("v", size))
}

// again calls use with a connection to a node, a new one after each error, until ctx is done.
func (l *groupLoad) again(ctx context.Context, node int, use func(*peer) error) {
	for ctx.Err() == nil {
		w, err := dialPeer(l.g.addresses[node])
		for err == nil && ctx.Err() == nil {
			err = use(w)
			time.Sleep(time.Millisecond)
		}
		if w != nil {
			w.Close() //nolint:errcheck // done with it
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (l *groupLoad) write(ctx context.Context, r *rand.Rand) {
	l.again(ctx, 0, func(w *peer) error {
		key := groupKey(r.IntN(300))
		size := r.IntN(300)
		if r.IntN(50) == 0 {
			size = 60_000 + r.IntN(5000)
		}
		value := groupValue(key, l.version.Add(1), size)
		var err error
		switch r.IntN(500) {
		case 0:
			_, err = w.do("FLUSHALL")
		case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10:
			_, err = w.do("DEL", key)
		case 11, 12, 13, 14, 15, 16, 17, 18, 19, 20:
			_, err = w.do("SET", key, value, "PX", fmt.Sprint(1+r.IntN(3000)))
		case 21, 22, 23, 24, 25, 26, 27, 28, 29, 30:
			_, err = w.do("EXPIRE", key, "1000")
		case 31, 32, 33, 34, 35:
			_, err = w.do("INCR", "counter")
		case 36, 37, 38, 39, 40:
			var held any
			if held, err = w.do("GET", key); held != nil {
				_, err = w.do("DELIFEQ", key, held.(string))
			}
		default:
			_, err = w.do("SET", key, value)
		}
		if err == nil {
			l.writes.Add(1)
		}
		return err
	})
}

// writeLines speaks the line dialect.
func (l *groupLoad) writeLines(ctx context.Context) {
	l.again(ctx, 0, func(w *peer) error {
		if err := w.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
			return err
		}
		n := l.version.Add(1)
		if _, err := fmt.Fprintf(w, "SETEX line%d 1000 %s\nINCR lines\n", n%50, groupValue("line", n, 50)); err != nil {
			return err
		}
		for range 2 {
			if _, err := w.R.ReadString('\n'); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *groupLoad) read(ctx context.Context, node int, r *rand.Rand) {
	l.again(ctx, node, func(w *peer) error {
		key := groupKey(r.IntN(300))
		got, err := w.do("GET", key)
		if err != nil {
			return err
		}
		l.reads.Add(1)
		value, ok := got.(string)
		if ok && (!strings.HasPrefix(value, fmt.Sprintf("%q ", key)) || !strings.HasSuffix(value, ".")) {
			text := fmt.Sprintf("n%d shows %.30q=%.60q, which nobody wrote", node, key, value)
			l.wrong.CompareAndSwap(nil, &text)
		}
		return nil
	})
}
