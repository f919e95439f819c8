//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// attack is one kind of fault, with the conditions that must hold during and after it.
type attack struct {
	family, name string
	full, quick  int // number of faults; quick 0: not in the quick run
	line         passLine
	settings     settings             // of its own node; zero: the attack uses the shared node
	group        bool                 // against its own group
	outside      bool                 // run by go test, without a node
	plainOnly    bool                 // not repeated for the build with the race detector
	lasts        time.Duration        // its planned duration, in addition to attackLimit
	prepare      func(f *field) error // before the group starts
	run          func(f *field) error
}

// attackLimit is how long an attack may take.
const attackLimit = 5 * time.Minute

// bound limits ctx to the time that a may take.
func (a *attack) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := attackLimit + a.lasts
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("the attack takes more than %v", limit))
}

// errSkipped is returned by an attack that this machine does not allow. It is reported, and its faults do not count as
// done.
var errSkipped = errors.New("skipped")

// passLine has the conditions of an attack, in addition to the rules for all attacks: no wrong value, no reply out of step, nothing left behind.
type passLine struct {
	errors  bool              // well-behaved clients may see errors: their node is taken away
	slow    bool              // their latency is shown but not judged: the machine itself is taken away
	memory  bool              // memory is shown but not judged
	counted map[string]uint64 // by how much counters of /metrics must grow, per 100 faults
	log     int               // log lines allowed in addition to 20 a second; 0: 100
	alone   bool              // no well-behaved clients: the attack has its own
	beside  bool              // it takes the processors: clients of another node, which is left alone, show what that costs everyone
}

// field is the environment of an attack.
type field struct {
	ctx     context.Context
	node    *node
	group   *group
	extra   []nodeprocess.Member // secondaries that only the primary of the group knows
	next    string               // a build of the node with another version of the protocol
	count   int                  // faults to do
	quick   bool
	raced   bool // the node has the race detector
	seed    uint64
	values  *valueMaker
	program programs
	folder  string // for nodes started by the attack

	done    atomic.Int64 // faults done
	replies atomic.Int64 // replies that an attack checked itself
	notes   notes        // what else the table should say
}

// notes are remarks that attacks make.
type notes struct {
	mu  sync.Mutex
	all []string
}

func (n *notes) add(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, fmt.Sprintf(format, args...))
}

// pick returns the full or the quick value.
func pick[T any](f *field, full, quick T) T {
	if f.quick {
		return quick
	}
	return full
}

// each does f.count faults, parallel of them at a time, and counts those done. It stops at the first error.
func (f *field) each(parallel int, do func(i int, r *rand.Rand) error) error {
	ctx, stop := context.WithCancelCause(f.ctx)
	defer stop(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for worker := range min(parallel, f.count) {
		all.Go(func() {
			r := rand.New(rand.NewPCG(f.seed, uint64(worker)))
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= f.count {
					return
				}
				if err := do(i, r); err != nil {
					stop(fmt.Errorf("fault %d: %w", i, err))
					return
				}
				f.done.Add(1)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// sleep waits; it returns early, with the cause, when ctx is done.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
