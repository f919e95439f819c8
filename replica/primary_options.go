package replica

import (
	"math/rand/v2"
	"time"

	"go.uber.org/zap"
)

// MaxFullSyncs bounds the full syncs that a primary runs at a time.
const MaxFullSyncs = 2

// PrimaryOptions configure a Primary.
type PrimaryOptions struct {
	Group, ID   string
	Secondaries []string // their ids
	Store       Store
	Log         *Log
	// Batch is about the number of bytes in one write to a secondary. Default: 256 KB.
	Batch int
	Timing
	// Requests returns a count that grows with each request of a client. A full sync slows down while it
	// grows. It is called often and must be cheap. nil: full syncs are always slow.
	Requests func() int64
	// Recover makes the primary wait up to Timing.Ask for secondaries that cannot be reached at once.
	Recover bool
	// Gaps returns how often the process was stopped: see Clock. nil: never.
	Gaps func() int64
	// Holds describes the store when the primary begins. If it is complete the primary serves at once, and its
	// history continues from there. Zero: unknown.
	Holds Position
	// Partial says that the store has only a part of the group's data: the primary asks the other members first.
	Partial bool
	// Doubtful says that other members may have later data than Holds: the primary asks them first, and takes their data if
	// that is so.
	Doubtful bool
	// Wall returns the time of day in milliseconds since 1970, by the clock by which the entries of Store expire. It is the
	// least date of the primary's history, and heartbeats carry it. Required.
	Wall func() int64
	// Rand draws the ids of histories and the pauses between attempts. Required.
	Rand   *rand.Rand
	Logger *zap.Logger // nil: none

	// From the terms before.
	heard   uint64 // the latest date that any member has reported
	counts  Counts
	refused *refusals // nil: new ones

	peers   []string                                                  // members that were in step with Holds
	line    lineage                                                   // of Holds
	begins  func(id [20]byte, start uint64, line lineage, known bool) // called when a history begins; see Member.begins. nil: none
	elapsed func() time.Duration                                      // see MemberOptions.Elapsed; nil: the times that methods are given
	epoch   uint64                                                    // of the group
	inStep  func(n int)                                               // see MemberOptions.InStep; nil: none
	stale   func(leadership)                                          // called when a secondary says that the group has another primary; it must not block. nil: none
}

// Counts counts a primary's events since the node's start.
type Counts struct {
	FullSyncs, PartialSyncs, Reconnects int64
	// Overruns counts full syncs of secondaries that hold this history but lack more of it than the log has.
	Overruns       int64
	Batches, Bytes int64 // written to secondaries
}
