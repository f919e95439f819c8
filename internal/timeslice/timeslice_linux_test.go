package timeslice

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestShorten shortens the time slices of threads that exist and of one that is started later.
func TestShorten(t *testing.T) {
	usual := own(t)
	if usual == 0 {
		t.Skip("this kernel does not tell a thread its time slice")
	}
	if err := Shorten(); err != nil {
		t.Fatal(err)
	}
	slices := make(chan uint64)
	for range 20 { // each on a thread of its own, which ends with it
		go func() {
			runtime.LockOSThread()
			slices <- own(t)
		}()
	}
	for range 20 {
		if got := <-slices; got != uint64(shortest) {
			t.Errorf("a thread has time slices of %d ns, before %d", got, usual)
		}
	}
}

func own(t *testing.T) uint64 {
	attr, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Error(err)
		return 0
	}
	return attr.Runtime
}
