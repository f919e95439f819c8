// Package load generates load and measures it: closed loops, which send when a reply has arrived, and open loops, which
// send when a request is due and measure from then on. docs/bench.md says what each shows, and what is checked.
//
// Over raw connections each thread has its own epoll instance and many connections, encodes and decodes in place, and
// allocates nothing per request. It waits in the kernel, not in Go's scheduler, which costs less than goroutines and the
// netpoller would. This needs Linux. Libraries are called from one goroutine per request in flight, on any system.
//
// A thread measures its own CPU use, and how late it sent requests that it could have sent in time. A run in which it
// had no time left, or was late itself, says so: its figures are the generator's, not the target's.
package load
