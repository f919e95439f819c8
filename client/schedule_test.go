package client

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
)

var scheduleSeed = flag.Uint64("schedule.seed", 0, "seed of TestRandomSchedules; 0: of the day's making")

// Nodes misbehave at random while many goroutines work. Whatever happens, a returned value
// belongs to the requested key, a write reported as not sent had no effect, one that succeeded
// did have its effect, and every error has one outcome and one cause.
func TestRandomSchedules(t *testing.T) {
	t.Parallel()
	seed := *scheduleSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("run again with -schedule.seed=%d", seed)
	ops := 2000 // a round
	if testing.Short() {
		ops = 800
	}
	for round := range 3 {
		t.Run(fmt.Sprint("round ", round), func(t *testing.T) {
			t.Parallel()
			runSchedule(t, rand.New(rand.NewPCG(seed, uint64(round))), ops)
		})
	}
}

// mischief draws what a node does with a request.
func mischief(r *rand.Rand) act {
	switch n := r.IntN(1000); {
	case n < 4:
		return act{close: true}
	case n < 8:
		return act{close: true, after: true}
	case n < 10:
		return act{stall: true}
	case n < 14:
		return act{only: 1 + r.IntN(12)}
	case n < 16:
		return act{only: 1 + r.IntN(12), stall: true}
	case n < 30:
		return act{delay: time.Duration(r.IntN(40)) * time.Millisecond}
	case n < 34:
		return act{reply: "-ERR out of luck\r\n"}
	case n < 37:
		return act{reply: "?what\r\n"}
	case n < 39:
		return act{deny: "-READONLY You can't write against a read only replica.\r\n"}
	case n < 42:
		return act{before: ">1\r\n+hello\r\n"}
	}
	return act{}
}

func runSchedule(t *testing.T, r *rand.Rand, ops int) {
	var nodes []*fakeNode
	for range 2 {
		f := newFake(t)
		own := rand.New(rand.NewPCG(r.Uint64(), 0)) // used under the fake's lock
		f.setPlan(func(_ int, args []string) act {
			if args[0] == "HELLO" && own.IntN(20) > 0 {
				return act{}
			}
			return mischief(own)
		})
		nodes = append(nodes, f)
	}
	c := newClientOf(t, Config{Groups: []Group{
		{ID: "a", Members: []Member{{ID: "a1", Address: nodes[0].addr}}},
		{ID: "b", Members: []Member{{ID: "b1", Address: nodes[1].addr}}},
	}}, WithReadTimeout(80*time.Millisecond), WithConnectTimeout(200*time.Millisecond),
		WithConnMaxAge(150*time.Millisecond), WithUnhealthy(3, 50*time.Millisecond), WithMaxInFlight(8, 4096))
	var (
		wg       sync.WaitGroup
		left     atomic.Int64
		answered atomic.Int64
	)
	left.Store(int64(ops))
	m := machine.Start(t)
	for w := range 24 {
		rnd := rand.New(rand.NewPCG(r.Uint64(), uint64(w)))
		wg.Go(func() {
			for i := 0; left.Add(-1) >= 0; i++ {
				if scheduleOp(t, m, c, nodes, rnd, fmt.Sprintf("w%d-%d", w, i), w) {
					answered.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := answered.Load(); n < int64(ops)/4 && m.Stall() < 20*time.Millisecond {
		t.Errorf("only %d of %d operations were answered", n, ops)
	}
}

// scheduleOp does one operation and checks its outcome; it reports whether there
// was an answer.
func scheduleOp(t *testing.T, m *machine.Watch, c *Client, nodes []*fakeNode, r *rand.Rand, fresh string, w int) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(1+r.IntN(300))*time.Millisecond)
	defer cancel()
	shared := fmt.Sprint("shared", r.IntN(20))
	var err error
	start := time.Now()
	deadline, _ := ctx.Deadline()
	switch r.IntN(5) {
	case 0: // a key that is written once, so that its presence shows whether the write happened
		err = c.Set(ctx, fresh, valueOf(fresh, r))
		stored := false
		for _, f := range nodes {
			_, ok := f.get(fresh)
			stored = stored || ok
		}
		if err == nil && !stored {
			t.Errorf("Set of %s succeeded, and it is nowhere", fresh)
		}
		if errors.Is(err, ErrNotSent) && stored {
			t.Errorf("Set of %s was not sent (%v), and it is there", fresh, err)
		}
	case 1:
		err = c.Set(ctx, shared, valueOf(shared, r), Idempotent())
	case 2, 3:
		var v []byte
		v, err = c.GetTo(ctx, shared, make([]byte, 0, r.IntN(400)))
		if err == nil {
			checkValue(t, shared, v)
		}
	case 4:
		keys := []string{shared, fresh, fmt.Sprint("shared", r.IntN(20))}
		rs, merr := c.GetMany(ctx, keys)
		err = merr
		for i, x := range rs {
			if x.Err == nil {
				checkValue(t, keys[i], x.Value)
			}
		}
	}
	// A goroutine that is woken may have to wait several times for a processor.
	if late := time.Since(deadline); late > m.Allow(250*time.Millisecond) {
		t.Errorf("returned %v after its deadline (took %v, the machine stood still for %v): %v", late, time.Since(start), m.Stall(), err)
	}
	checkKinds(t, err)
	return err == nil || errors.Is(err, ErrNotFound)
}

// valueOf makes a value that carries its key.
func valueOf(key string, r *rand.Rand) []byte {
	return []byte(key + "=" + strings.Repeat("x", r.IntN(300)))
}

func checkValue(t *testing.T, key string, v []byte) {
	if got, _, ok := strings.Cut(string(v), "="); !ok || got != key {
		t.Errorf("asked for %s and got %.50q", key, v)
	}
}

func checkKinds(t *testing.T, err error) {
	if err == nil {
		return
	}
	var se *ServerError
	var many *ManyError
	if errors.As(err, &many) {
		err = many.Err
	}
	if errors.Is(err, ErrNotFound) || errors.As(err, &se) {
		return
	}
	count := func(kinds ...error) (n int) {
		for _, k := range kinds {
			if errors.Is(err, k) {
				n++
			}
		}
		return n
	}
	if count(ErrNotSent, ErrUnknown) != 1 {
		t.Errorf("error %v does not have exactly one outcome", err)
	}
	if count(ErrTimeout, ErrUnavailable, ErrBusy, ErrClosed, context.Canceled) != 1 {
		t.Errorf("error %v does not have exactly one cause", err)
	}
	if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrTimeout) {
		t.Errorf("error %v matches a deadline but not ErrTimeout", err)
	}
}
