package goruntime

import (
	"os"
	"runtime"
)

// AddProcessors has goroutines run beside loops event loops; 0: as many as there are processors. GOMAXPROCS stays as it is
// when the environment says what it is.
//
// A loop that waits for its sockets is in a system call, and keeps a processor of Go's scheduler until the scheduler
// looks for such, which it does as rarely as every 10 ms. While loops keep all of them, nobody runs a goroutine whose
// socket has something to read, such as that of a connection with TLS. The other way round, a loop whose sockets have
// something waits for up to 10 ms while goroutines that compute, such as those that check passwords or collect garbage,
// have all of them; threads of which there are more than processors the kernel lets take turns much faster. So each
// loop gets one more.
func AddProcessors(loops int) {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	processors := runtime.GOMAXPROCS(0)
	if loops == 0 {
		loops = processors
	}
	runtime.GOMAXPROCS(processors + loops)
}
