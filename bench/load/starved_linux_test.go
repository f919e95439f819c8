package load

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// hog keeps threads busy on a core until the function that it returns is called.
func hog(t *testing.T, core, threads int) (stop func()) {
	var over atomic.Bool
	var all sync.WaitGroup
	for range threads {
		all.Go(func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			if err := sut.Pin([]int{core}); err != nil {
				t.Error(err)
			}
			for end := time.Now().Add(10 * time.Second); !over.Load() && time.Now().Before(end); {
			}
		})
	}
	return sync.OnceFunc(func() { over.Store(true); all.Wait() })
}

// allowed returns a core on which this process may run.
func allowed(t *testing.T) int {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	for core := range 1024 {
		if set.IsSet(core) {
			return core
		}
	}
	t.Fatal("no core")
	return 0
}

// A generator whose core others use says so, and one that had its core does not. The latter can only be seen on a machine
// that is quiet for a moment.
func TestStarvedGeneratorIsNoticed(t *testing.T) {
	if s, err := sut.ThisThread(); err != nil || s.Ran == 0 {
		t.Skipf("SKIPPED: this kernel does not tell how long threads wait: %v", err)
	}
	core := allowed(t)
	const says = "a thread of the generator was ready to run"
	try := func() error {
		r, err := measure(t, newFake(t).target(), workload.Spec{Keys: 100, Mix: "get=1"}, Plan{Conns: 4, Depth: 4, Duration: 300 * time.Millisecond, Cores: []int{core}})
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(r.Disturbed, "; "); !strings.Contains(text, says) {
			return fmt.Errorf("waited for %.3f of the time; %q", r.Generator.Waited, text)
		}
		t.Logf("waited for %.3f of the time, ran for %.3f; %s: %s; %q", r.Generator.Waited, r.Generator.Busy, r.Short, r.Verdict, r.Disturbed)
		return nil
	}
	stop := hog(t, core, 3)
	defer stop()
	testkit.EventuallyNil(t, "the generator notices that others have its core", try)
	stop()
	for range 5 {
		if err := try(); err != nil {
			t.Log("on its own it is quiet:", err)
			return
		}
	}
	t.Log("SKIPPED: the machine was never quiet enough to see a round without the warning")
}
