// Package replica keeps the secondaries of a group equal to their primary.
//
// # The member
//
// A Member is one node's part in its group. It owns the node's store, log and position, and has one role at a time:
// Lead makes it the primary, Follow makes it a secondary of another node, and both may be called while it serves. The
// time between two changes of role is a term; a Primary or a Secondary lives for one term.
//
// A primary that is told to follow hands over first: it refuses writes, goes on sending until its successor and the
// secondaries in step have confirmed every write (or MemberOptions.Settle has passed), and only then becomes a secondary.
// Sessions learn from MemberOptions.Admit whether they may serve and write; Member.Run dials, sends, and ticks. All
// connections of replication start at the primary and end in Member.Open (a stream) or Member.Take (a transfer).
//
// # The log
//
// A primary logs effects: the result of each change of a key. A record is the whole
// state of its key (a value with its absolute expiry, or nothing), or a flush.
// So a record may be applied again, whatever the key holds by then, and a key is
// right once its last record has been applied. A change of an expiry is logged
// with the value, for the same reason. Evictions are not logged.
//
// Log keeps the latest records in a ring of bytes. Code that changes the store calls
// it under the shard's lock, so that records of one key are in order. To keep
// event loops from contending for one lock, records are staged first: the key's hash
// chooses one of 16 to 64 stages, each with its own lock. Stages are merged into the
// ring when a reader needs it, and each stage when it is full. So records of
// different keys may be reordered; records of one key never are. A flush is logged
// while every shard is locked, after a merge, so no record overtakes it.
//
// Offsets count bytes of the ring from the beginning of the history. A History is
// the sequence of writes of one term of a primary; its ID and an offset name a state of the store.
//
// # The stream
//
// A primary dials the ordinary port of each of its secondaries and sends
//
//	REPLICA STREAM <version> <group> <primary> <secondary>
//
// as a RESP command. The secondary answers with one line: +POSITION and what it
// holds, or an error. The connection is then a stream: both ends send frames (see
// frame.go), each with a checksum. A frame holds whole records and is applied
// completely or not at all, so a secondary whose stream breaks has applied whole frames only.
//
// If the log still has everything after the secondary's offset, the stream continues
// there (a partial sync). A secondary logs what it receives, too: if it leads next, it can send other members what they
// lack of the earlier history. Otherwise the primary walks its store in pieces and sends them
// between frames of the log (a full sync). Each piece is read under its shard's
// lock together with the log's offset. The log up to that offset is sent first, then
// the piece, then the rest, so the secondary sees each key's states in order. Writes
// never wait, and the log must only cover the time of one piece, not of the whole sync. The
// secondary stores the pieces as a new generation, and removes the entries of the
// old one when the walk is over.
//
// # Which history wins
//
//  1. A primary that serves is right. It removes from its secondaries whatever it does not have itself,
//     and never takes anything from them.
//  2. A primary that starts with an empty store does not serve at once. It asks its
//     secondaries what they hold, takes everything from the best of them, and begins
//     a new History at that secondary's offset, so that this one is in step already.
//     The best is chosen in this order: a complete copy before one that a full sync left unfinished; the
//     latest history (by Date); the greatest offset; the most entries.
//     A member that refuses the stream because it is a primary, or follows another one,
//     is asked by REPLICA TAKE: while a config is being changed it may have the only copy.
//  3. A member that answers without saying what it holds may have the data. The primary waits for it without limit,
//     unless another member has a complete copy. For a member that may have a later copy than the best known one it
//     waits up to RecoverTimeout: secondaries know from heartbeats which others were in step (roster.go).
//  4. If all members are away (they refuse the connection, or their hosts are silent for 3 seconds) the primary begins
//     empty. From then on rule 1 holds: a secondary that turns up later is made equal to it, however much it holds.
//
// # Code
//
// Link (one connection of a primary), Primary, Secondary, Stream (the
// secondary's end of a stream) and Donor (the end of a transfer) are state machines without
// goroutines: their arguments are times, received bytes and broken connections, and
// their results say what to do. Member.Run and Runner drive them with goroutines and
// sockets. Package sim drives whole groups of them in one goroutine, in virtual time.
package replica
