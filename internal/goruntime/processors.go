package goruntime

import (
	"os"
	"runtime"
)

// AddProcessors raises GOMAXPROCS by the number of event loops, so that goroutines run beside them; 0 loops: as many as
// there are processors. If the environment sets GOMAXPROCS, it stays.
//
// An event loop that waits for its sockets is in a system call and keeps its P until the scheduler retakes it, which can
// take 10 ms. While event loops keep every P, no goroutine runs whose socket has become readable, such as that of a TLS
// connection. The other way round, a loop whose sockets are ready waits up to 10 ms while goroutines that compute, such as
// those that check passwords or collect garbage, have every P. With one more P per loop there are more threads than
// processors, and the kernel schedules those much faster.
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
