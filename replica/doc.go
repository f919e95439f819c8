// Package replica keeps the secondaries of a group equal to their primary.
//
// # The log
//
// A primary logs effects: what each change made of a key. A record is the whole
// state of its key (a value with its absolute expiry, or nothing), or a flush.
// So each record may be applied again, onto whatever was there, and a key is
// right as soon as its last record has been applied. A change of an expiry is
// logged with the value, for the same reason; evictions are not logged.
//
// Log keeps the last records in a ring of bytes. Whoever changes the store calls
// it under the shard's lock, so that records of one key are in order. To keep
// event loops from fighting for one lock, records are first staged: the hash of
// the key chooses one of 16 to 64 stages, each with a lock of its own, which are merged
// into the ring when somebody reads it, or one by one as they fill. Records of
// different keys may so change places, those of one key never. A flush is logged
// while every shard is locked, after a merge: nothing passes it.
//
// Offsets count bytes of the ring from the beginning of the history. A History is
// what one run of a primary made; its ID and an offset name a state of the store.
//
// # The stream
//
// A primary dials the ordinary port of each of its secondaries and sends
//
//	REPLICA STREAM <version> <group> <primary> <secondary>
//
// as a RESP command. The secondary answers with one line, +POSITION and what it
// holds, or an error. From then on both send frames (see frame.go), each with a
// checksum. A frame holds whole records and is applied as a whole or not at all,
// so that a secondary that was cut off is at the end of some frame.
//
// If the log still covers what the secondary has, it goes on from there (a
// partial sync). Otherwise the primary walks its store in pieces and sends them
// between the log's frames (a full sync). Each piece is taken under its shard's
// lock together with the log's offset; the log up to that offset goes first, then
// the piece, then the rest: the secondary sees each key's states in order. Writes
// never wait, and the log has to last for one piece, not for the whole sync. The
// secondary stores the pieces as a new generation and sweeps away what is of the
// old one when the walk is over.
//
// # Which history wins
//
//  1. A primary that serves is right. What its secondaries have and it has not is
//     removed from them; it never takes anything from them.
//  2. A primary that starts with an empty store does not serve at once. It asks its
//     secondaries what they hold, takes everything from the best of them, and begins
//     a new History at the offset where that one stood; the one it took from is then
//     in step already. Best is: complete before cut off in a full sync; then the
//     latest history (by Epoch); then the greatest offset; then most entries.
//     One that refuses the stream because it is a primary, or follows another one,
//     is asked too, by REPLICA TAKE: while a config changes it may be all there is.
//  3. A member that is there and does not say what it holds may have the data: the primary waits for it, however
//     long, unless another member has a copy. For one that may have a later copy than the best that is known it
//     waits up to RecoverTimeout: secondaries remember from heartbeats who else was in step (roll.go).
//  4. If all members are away (the connection is refused, or nothing comes from their hosts for 3 seconds) it begins
//     empty, and rule 1 holds from then on: secondaries that turn up later, however full, are made equal to it.
//
// # Code
//
// Link (one connection of a primary), Primary, Secondary and Stream (the
// secondary's end) are state machines: they take times, received bytes and
// broken connections as arguments and return what to do. Runner drives them with
// goroutines and sockets; package sim drives whole groups of them in one
// goroutine, in virtual time.
package replica
