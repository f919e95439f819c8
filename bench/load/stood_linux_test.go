package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// missing is a library in which nothing is ever found.
type missing struct{ sut.Unsupported }

func (missing) Get(_ context.Context, _ string, dst []byte) ([]byte, bool, error) {
	time.Sleep(time.Millisecond)
	return dst, false, nil
}

func (missing) Set(context.Context, string, []byte, time.Duration) error { return nil }

// TestStoppedGeneratorIsNoticed: a round during which somebody stops this process says so, for both kinds of targets. On a busy
// machine the stop may come after the round, so that it is tried again.
func TestStoppedGeneratorIsNoticed(t *testing.T) {
	const stop = 500 * time.Millisecond
	for _, target := range []*sut.Target{newFake(t).target(), {Caller: missing{}, InProcess: true, PID: os.Getpid()}} {
		for try := 1; ; try++ {
			// Another process stops this one, and lets it go on.
			c := exec.Command("sh", "-c", fmt.Sprintf("sleep 0.2; kill -STOP %d; sleep %g; kill -CONT %d", os.Getpid(), stop.Seconds(), os.Getpid()))
			if err := c.Start(); err != nil {
				t.Skipf("SKIPPED: %v", err)
			}
			r, err := Measure(t.Context(), workload.Spec{Keys: 10, Mix: "get=1"}, 1, target, Plan{Conns: 1, Depth: 1, Threads: 1, Duration: 900 * time.Millisecond, Verify: VerifyOff})
			if err = errors.Join(err, c.Wait()); err != nil {
				t.Fatal(err)
			}
			if r.Generator.Stood >= (stop-2*standEvery).Seconds() && strings.Contains(strings.Join(r.Disturbed, "; "), "the generator stood still for ") {
				break
			}
			if try == 8 {
				t.Fatalf("stood for %.2f s: %q", r.Generator.Stood, r.Disturbed)
			}
		}
	}
}

func TestStanding(t *testing.T) {
	var g standing
	g.see(standEvery + stoodFor)
	if g.longest != 0 {
		t.Errorf("a short gap counts as %s", g.longest)
	}
	g.see(standEvery + 2*time.Second)
	g.see(standEvery + time.Second)
	if g.longest != 2*time.Second {
		t.Errorf("%s, want 2s", g.longest)
	}
}
