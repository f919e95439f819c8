//go:build !race

package runner

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

const hoarded = 32 << 20

// hoard takes 32 MB of the heap at the first Set, a quarter of it when it is opened, and keeps nothing else.
type hoard struct {
	sut.Unsupported
	mu    sync.Mutex
	first []byte
	rest  []byte
}

func resident(size int) []byte {
	b := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		b[i] = 1
	}
	return b
}

func (h *hoard) Get(_ context.Context, _ string, dst []byte) ([]byte, bool, error) {
	return dst, false, nil
}

func (h *hoard) Set(context.Context, string, []byte, time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rest == nil {
		h.rest = resident(hoarded - len(h.first))
	}
	return nil
}

// TestMemoryOfACache: what is shown is what the cache holds and the garbage for which the collector waits, as much again;
// neither the generator's tables nor what they add to that. Of several caches in one process it is what their calibration has
// found.
func TestMemoryOfACache(t *testing.T) {
	r := &Runner{Schemes: sut.Schemes{"inproc:hoard": func(context.Context, string, sut.Options) (*sut.Target, error) {
		return &sut.Target{Caller: &hoard{first: resident(hoarded / 4)}, InProcess: true, PID: os.Getpid(), Lone: 12345}, nil
	}}}
	do := func(targets ...string) int64 {
		run, err := r.Do(t.Context(), &Job{Spec: workload.Spec{Keys: 500_000, KeySize: "16-32"}, Targets: targets, Rounds: 1, Seed: 1,
			Plan: load.Plan{Conns: 2, Depth: 1, Duration: 50 * time.Millisecond, Timeout: time.Minute}})
		if err != nil {
			t.Fatal(err)
		}
		return run.Targets[0].Rounds[0].Resident
	}
	if got := do("inproc:hoard"); got < 2*hoarded-(4<<20) || got > 2*hoarded+(8<<20) {
		t.Errorf("%d bytes, want about %d", got, 2*hoarded)
	}
	if got := do("inproc:hoard", "inproc:hoard"); got != 12345 {
		t.Errorf("of one of two: %d bytes", got)
	}
}
