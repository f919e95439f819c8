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

// TestShortenAmongOthers: one thread ends meanwhile, and another starts with longer time slices.
func TestShortenAmongOthers(t *testing.T) {
	if own(t) == 0 {
		t.Skip("this kernel does not tell a thread its time slice")
	}
	ids, release := make(chan int), make(chan struct{})
	for range 2 {
		go func() {
			runtime.LockOSThread()               // the thread ends with the goroutine
			attr, err := unix.SchedGetAttr(0, 0) // its nice value stays: a lower one is for root alone
			if err == nil {
				attr.Runtime = uint64(20 * shortest)
				err = unix.SchedSetAttr(0, attr, 0)
			}
			if err != nil {
				t.Error(err)
			}
			ids <- unix.Gettid()
			<-release
		}()
	}
	first, second, ended := <-ids, <-ids, 1<<22+1 // more than the kernel gives
	defer close(release)
	pass := 0
	err := shortenAll(func() ([]int, error) {
		pass++
		return []int{ended, first, second}[:min(pass+1, 3)], nil
	})
	if err != nil {
		t.Error(err)
	}
	for _, id := range []int{first, second} {
		if attr, err := unix.SchedGetAttr(id, 0); err != nil || attr.Runtime != uint64(shortest) {
			t.Errorf("a thread has time slices of %v (%v)", attr, err)
		}
	}
	if pass != 3 {
		t.Errorf("it looked for threads %d times", pass)
	}
}
