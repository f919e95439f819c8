// Package ring decides which group a key belongs to.
//
// A ring is built from group ids and weights. Weighted rendezvous hashing gives
// every one of 65,536 slots to a group; a key's hash picks the slot, so a
// lookup is one hash and one load from a table:
//
//	r, err := ring.New([]ring.Group{{ID: "A1"}, {ID: "B1", Weight: 2}})
//	g := r.Group(r.Locate("user:42")) // the group that holds the key
//
// These properties hold, and are tested:
//
//   - The result depends on ids and weights alone: not on the order in which
//     groups are given, on addresses, on the machine, or on the run. All
//     arithmetic is on integers, so every architecture agrees to the bit.
//   - Adding a group moves only the slots that the new group takes; removing
//     one moves only the slots that it held. No slot moves between two other groups.
//   - A group's share follows its weight. With equal weights the fullest group
//     holds 1.02 times the mean at 10 groups and 1.11 times at 100.
//
// A Ring is immutable; any number of goroutines may use it. A program that
// follows a changing topology keeps an atomic.Pointer[ring.Ring] and swaps it.
//
// The only dependency is github.com/cespare/xxhash/v2, which hashes keys and
// ids: it has fast assembly, and a specification fixes its output.
package ring
