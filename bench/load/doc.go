// Package load generates load and measures it: closed loops, which send when a reply has arrived, and open loops, which
// send when a request is due.
//
// # Latency
//
// An open loop has an intended time for each request, fixed in advance: evenly spaced or exponential (Poisson). Latency
// is counted from that time, whether or not the request could be sent then. A server that stalls for 200 ms therefore
// shows 200 ms in every request that was due meanwhile, as its users would see it. A closed loop sends nothing while the
// server stalls, so that the stall shows only once for each request in flight: the worse the stall, the better its
// percentiles look. That is coordinated omission; a closed loop measures throughput and says little about latency under
// a given load.
//
// # Raw connections
//
// Each thread has its own epoll instance and many connections, encodes and decodes in place, and allocates nothing per
// request. It waits in the kernel, not in Go's scheduler, which costs less than goroutines and the netpoller would. This
// needs Linux. Libraries are called from one goroutine per request in flight, on any system.
//
// # Self-monitoring
//
// A thread measures its own CPU use, and how late it sent requests that it could have sent in time. A run in which it
// had no time left, or was late itself, says so: its figures are the generator's, not the target's.
package load
