// Package ring decides which group a key belongs to.
//
// A ring is built from group ids and weights. Weighted rendezvous hashing gives
// every one of 65,536 slots to a group; a key's hash picks the slot, so a
// lookup is one hash and one load from a table:
//
//	r, err := ring.New([]ring.Group{{ID: "A1"}, {ID: "B1", Weight: 2}})
//	g := r.Group(r.Locate("user:42")) // the group that holds the key
//
// What holds, and is tested:
//
//   - The result depends on ids and weights alone: not on the order in which
//     groups are given, on addresses, on the machine, or on the run. All
//     arithmetic is on integers, so every architecture agrees to the bit.
//   - Adding a group moves only the slots that the new group takes; removing
//     one moves only the slots that it held. Nothing moves between the others.
//   - A group's share follows its weight. With equal weights the fullest group
//     holds 1.02 times the mean at 10 groups and 1.11 times at 100.
//
// A Ring never changes after New; any number of goroutines may use it. Those
// who follow a changing topology keep an atomic.Pointer[ring.Ring] and swap it.
//
// The only dependency is github.com/cespare/xxhash/v2, which hashes keys and
// ids: it is fast in assembly, and its output is fixed by a specification.
package ring
