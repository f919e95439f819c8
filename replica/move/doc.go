// Package move copies the entries of slots from the primary of one group to the primary of another, while clients read
// and write them, and removes them where they no longer belong.
//
// A Giver runs at the group that has the slots. It dials the other group's primary and sends, as RESP commands:
//
//	REPLICA IMPORT BEGIN <move> <group that gives> <its epoch> <slots> <number of the attempt>
//	REPLICA IMPORT RECORDS <move> <records in the format of the replication log>
//	REPLICA IMPORT CONFIRM <move>
//
// A Taker carries them out. On BEGIN it removes what it holds of these slots: leftovers of earlier attempts. Then the
// giver walks its store in pieces and sends their entries, each piece after the log up to the offset at which it was
// read, so that the taker sees the states of each key in order, and never an older one last. When the walk is over it
// goes on with the log. Of both it sends only what belongs to the slots.
//
// When little of the log is left to send, the giver has its driver find out whether a new owner could be recorded, asks its node to
// hold writes, sends the rest, and asks the taker to confirm. The taker answers when its secondaries have everything, too. Then the giver asks its node to commit the move:
// to have the slots' new owner recorded. If the taker does not confirm in time, the writes go on, and the giver tries again later.
//
// An attempt begins anew, with BEGIN, after a broken connection, an error, a flush at either end, and when the log has lost
// records that were not sent. A taker's Import belongs to one connection, and ends when another one begins for one of its slots,
// so that what an old connection still had under way changes nothing.
//
// After the move the giver's node removes the entries with a Remover, which logs each as a delete.
//
// Giver, Import and Remover have no goroutines and do no I/O: their arguments are times, answers and broken connections, and
// their results say what to do.
//
// The tests in folder sim run these with whole drivers and groups, under troubles, in virtual time: `go test
// ./replica/move/sim -seeds 10000`.
package move
