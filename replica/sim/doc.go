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
// In one seed in ten operators change the primary, by hand-over and by force, and the config stays as it was: half of these
// seeds have faults at any time, the others are trials with one fault per change. At most one node acknowledges writes in
// an epoch; a planned change loses no acknowledged write unless the old primary dies; the holder of a lease acknowledges
// nothing after its end; an old primary counts as lost exactly the writes that the new history lacks; a process that is told
// that it leads waits for members with data of a later epoch than its own. newrules.go breaks these rules.
//
// RunEtcd runs groups whose roles come from a simulated etcd, by the real coordinators of package internal/coordination.
// Nodes crash, stop, and are cut off; etcd is slow, away, out of reach of some nodes, loses its data, or gets an older copy
// of them. Writes are executed at once and answered later, as sessions do. At most one node acknowledges writes in an epoch,
// and none does in an epoch before one in which writes were acknowledged.
//
// RunKept runs groups with etcd whose nodes keep their memory over a restart: after hand-overs in quick succession all members stop
// in order and start again, while etcd is slow for some of them, and nothing that was acknowledged may be missing. In a third of the
// seeds they are killed instead, and what some of them have left cannot be used: the group goes on with all that one of them had.
//
// RunFull runs groups whose nodes have room for a part of the data, each under an eviction policy of its own. A secondary without room
// for a value has none under that key, never the one before; it follows on; and a write that a primary refuses changes nothing.
//
// Every node has a ledger, which survives a crash. The node's next process must count exactly the writes of the killed one
// that its group lacks, and later those that the successor's successor lacks besides.
//
// A seed that fails prints its trace; Run with the same seed repeats it.
package sim
