// Package sim runs whole replication groups in one goroutine, in virtual time,
// with every fault drawn from a seed: the same seed gives the same run. It drives
// the state machines of package replica over real stores and a simulated network.
// During a run it checks that clients see nothing impossible; at the end, when
// faults have stopped, it checks that all members hold the same data.
//
// The strictest check concerns a secondary's contents. A history keeps everything
// that a primary has logged, which gives the contents at each offset. After every
// step a secondary that claims an offset is compared with these contents.
//
// One seed in five is a trial: a primary is restarted, or changes its role, under one fault that could cost the group its
// data (refusals of every kind, a stopped process, an interrupted transfer, silence of the best member, wrong clocks, a
// stale primary), and every confirmed write must survive. The mutations of oldrules.go bring back rules that lost data.
//
// One seed in ten changes the primary by hand-over and by force while the config stays as it was, half of them under faults
// at any time, half in trials with one fault per change. One node at most acknowledges writes in an epoch; a planned change
// loses no acknowledged write unless the old primary dies; a holder of a lease acknowledges nothing after its end; and
// what an old primary counts as lost is exactly what the new history lacks. newrules.go breaks these rules.
//
// RunEtcd runs groups whose roles come from a simulated etcd: the real coordinators of package internal/coordination work on
// it, one turn of a task after the other. Nodes crash, stop, and are cut off; etcd is slow, away, not reachable for some,
// loses its data, or gets an older copy of them. Writes are executed and answered later, as sessions do. Nobody
// acknowledges a write in an epoch in which another node does, or after a later one has begun to. Hand-overs with etcd are
// missing here.
//
// A seed that fails prints its trace; Run with the same seed repeats it.
package sim
