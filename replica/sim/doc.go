// Package sim runs whole replication groups in one goroutine, in virtual time,
// with every fault drawn from a seed: the same seed gives the same run. It drives
// the state machines of package replica over real stores and a simulated network,
// and checks while it goes that nothing impossible is seen, and at the end, when
// faults have stopped, that all members hold the same.
//
// The strictest check is that of a secondary's contents: what a primary logs is kept
// (history), so that what each offset stands for is known, and a secondary that says
// that it holds everything up to an offset is compared with that after every step.
//
// One seed in five is a trial: a primary is restarted under one fault that could cost the group its data (refusals of
// every kind, a stopped process, a fetch that is cut, silence of the best member, wrong clocks, a stale primary), and
// must have everything that was confirmed. The mutations of oldrules.go bring back rules that lost it.
//
// A seed that fails prints what led to it; Run with that seed repeats it.
package sim
