// Package load makes load and measures it: closed loops, which send when a reply has come, and open
// loops, which send when a request is due.
//
// # Latency
//
// An open loop has a time at which each request ought to be sent, drawn before the run begins to
// wait for anything: evenly spaced or exponential (Poisson). Latency is counted from that intended
// time, whether the request could be sent then or not. A server that stalls for 200 ms therefore shows
// 200 ms in every request that was due meanwhile, as its users would see it. A closed loop sends nothing while the server
// stalls, so that the stall shows once for each request under way: its percentiles look
// better the worse the stall is. That is coordinated omission; a closed loop measures
// throughput and says little about latency under a given load.
//
// # Raw connections
//
// Each thread has an epoll instance of its own and many connections, encodes and decodes in
// place, and allocates nothing for a request. A worker does not wait in Go's scheduler but in the
// kernel; that costs less than a goroutine and a netpoller would. This needs Linux. Libraries are called
// by a goroutine for each request that may be under way, on any system.
//
// # Watching itself
//
// A thread knows how much CPU it used, and how late it sent what it could have sent in time. A run in
// which it had no time left, or was late itself, says so: its figures are the generator's, not the
// target's.
package load
