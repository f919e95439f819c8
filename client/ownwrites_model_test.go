package client_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// TestReadYourWritesModel has goroutines write keys of their own and read them in all ways, while secondaries are held back,
// stopped, and killed and started again with nothing, and the primary changes. No read returns anything but the last write.
// OWN_WRITES_SECONDS gives another time than 2 s.
func TestReadYourWritesModel(t *testing.T) {
	g := ownGroup(t)
	file := client.WithConfigFile(g.Nodes[0].Config)
	slow := client.WithReadTimeout(5 * time.Second) // a stopped secondary must not make the test fail
	near := clientOf(t, file, slow, client.WithReadYourWrites(), client.WithLocalReads())
	clients := []*client.Client{near, near,
		clientOf(t, file, slow, client.WithReadYourWrites()),
		clientOf(t, file, slow, client.WithReadYourWrites(), client.WithHedgedReads())}
	control := clientOf(t, file, slow)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var (
		stop         atomic.Bool
		wg           sync.WaitGroup
		reads, stale atomic.Int64
	)
	for i, c := range append(clients, control) {
		wg.Go(func() {
			w := &ownModel{t: t, c: c, r: rand.New(rand.NewPCG(seed, uint64(i))), prefix: fmt.Sprintf("w%d:", i), is: map[string]string{}}
			for !stop.Load() && !t.Failed() {
				n, wrong := w.step()
				reads.Add(int64(n))
				if wrong != "" && c == control {
					stale.Add(1)
				} else if wrong != "" {
					t.Errorf("client %d: %s", i, wrong)
				}
			}
		})
	}
	r := rand.New(rand.NewPCG(seed, 100))
	primary := 0
	for end := time.Now().Add(time.Duration(number(t, "OWN_WRITES_SECONDS", 2)) * time.Second); time.Now().Before(end); {
		primary = disturb(t, g, r, primary)
	}
	stop.Store(true)
	wg.Wait()
	t.Logf("%d reads, of them %d from memory; %d stale without the option", reads.Load(),
		statusOf(t, near, "n1").LocalReads+statusOf(t, near, "n2").LocalReads, stale.Load())
	if stale.Load() == 0 {
		t.Error("no read was stale without the option: the test shows nothing")
	}
}

// disturb does one thing that makes members lack writes, and returns who leads afterwards.
func disturb(t *testing.T, g *nodeprocess.Group, r *rand.Rand, primary int) int {
	t.Helper()
	other := (primary + 1 + r.IntN(2)) % 3
	pause := time.Duration(5+r.IntN(100)) * time.Millisecond
	tellPrimary := func(what string) {
		_, err := g.Nodes[primary].Ask("REPLICA", what)
		must(t, err)
	}
	switch r.IntN(8) {
	case 0:
		must(t, g.Nodes[other].Process.Signal(syscall.SIGSTOP))
		time.Sleep(pause)
		must(t, g.Nodes[other].Process.Signal(syscall.SIGCONT))
	case 1:
		tellPrimary("PAUSE")
		g.Nodes[other].Kill()
		must(t, g.Run(other))
		retry(t, func() error { _, err := g.Nodes[other].Ask("PING"); return err })
		time.Sleep(pause)
		tellPrimary("RESUME")
	case 2:
		_, err := g.InStep(ctx) // one that has just started must not lead
		must(t, err)
		_, err = g.Nodes[other].Ask("PROMOTE")
		must(t, err)
		return other
	default:
		tellPrimary("PAUSE")
		time.Sleep(pause)
		tellPrimary("RESUME")
		time.Sleep(pause)
	}
	return primary
}

// ownModel writes keys and knows what they are. A key of which a write has failed is not used again.
type ownModel struct {
	t      *testing.T
	c      *client.Client
	r      *rand.Rand
	prefix string
	is     map[string]string // empty: deleted
	n      int
}

// step writes some keys and reads some, and says which read was wrong, if one was.
func (w *ownModel) step() (reads int, wrong string) {
	w.n++
	key, other := w.key(), w.key()
	value := fmt.Sprint("v", w.n)
	var err error
	switch w.r.IntN(6) {
	case 0:
		_, err = w.c.Delete(ctx, key)
		value = ""
	case 1:
		err = w.c.SetMany(ctx, []client.Item{{Key: key, Value: []byte(value)}})
	case 2:
		p := w.c.Pipeline()
		p.Get(other)
		p.Set(key, []byte("before"))
		p.Set(key, []byte(value))
		err = p.Exec(ctx)
	case 3: // read only
		value = w.is[key]
	default:
		err = w.c.Set(ctx, key, []byte(value))
	}
	if w.is[key] = value; err != nil {
		delete(w.is, key)
		w.prefix += "x" // other keys from now on
		clear(w.is)
		return 0, ""
	}
	if w.r.IntN(2) == 0 {
		time.Sleep(time.Duration(w.r.IntN(2000)) * time.Microsecond)
	}
	for range 4 {
		keys := []string{w.key(), key, w.key()}
		got, err := w.read(keys)
		if err != nil {
			continue // the primary may be restarting; what matters is that nothing wrong is read
		}
		reads += len(got)
		for i, k := range keys[:len(got)] {
			if got[i] != w.is[k] {
				wrong = fmt.Sprintf("%s is %q, want %q", k, got[i], w.is[k])
			}
		}
	}
	return reads, wrong
}

func (w *ownModel) key() string { return w.prefix + fmt.Sprint(w.r.IntN(40)) }

// read reads the first key, or all.
func (w *ownModel) read(keys []string) (values []string, err error) {
	switch w.r.IntN(4) {
	case 0:
		results, err := w.c.GetMany(ctx, keys)
		for _, r := range results {
			values = append(values, string(r.Value))
		}
		return values, err
	case 1:
		p := w.c.Pipeline()
		var queued []client.Queued
		for _, k := range keys {
			queued = append(queued, p.Get(k))
		}
		err := p.Exec(ctx)
		for _, q := range queued {
			b, _ := q.Bytes() // a failure is Exec's, and a miss is empty
			values = append(values, string(b))
		}
		return values, err
	}
	slices.Reverse(keys)
	v, err := w.c.Get(ctx, keys[0])
	if errors.Is(err, client.ErrNotFound) {
		err = nil
	}
	return []string{string(v)}, err
}
