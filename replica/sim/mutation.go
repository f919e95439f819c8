package sim

import (
	"math/rand/v2"
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// Mutation is a rule that a run breaks on purpose, to show that the checks notice it.
type Mutation string

// The mutations.
const (
	None        Mutation = ""
	NoSweep     Mutation = "no sweep after a full sync"
	NoUnite     Mutation = "generations are not united after an interrupted full sync"
	PieceEarly  Mutation = "a piece is sent before the log up to the offset at which it was read"
	NoFlush     Mutation = "a flush is not logged"
	LostRecords Mutation = "long runs of records are not applied"
	StaleMemory Mutation = "a node that restarts holds less than it says"
	NoKnock     Mutation = "a secondary that comes back does not knock"
	NoMissing   Mutation = "the delete of an absent key is not logged"

	// Old rules of a recovering primary.
	RefusedIsAway Mutation = "a member that answers with an error counts as away"
	StopsCount    Mutation = "time while the process is stopped counts"
	NoRenewal     Mutation = "the wait is not renewed when a transfer is interrupted after RecoverTimeout"
	NoPeers       Mutation = "a member does not say which others were in step with it"
	DateUntold    Mutation = "secondaries in step are not told when the history's date is raised"
	PartIsWhole   Mutation = "the part left by an unfinished full sync counts as a complete copy"
	CannotAsk     Mutation = "a member that the primary has no way to ask counts as away"
	NoLeave       Mutation = "the link to a removed secondary keeps its claim to a full sync"

	// Rules of changes of role.
	NoSeal      Mutation = "a primary that hands over accepts writes"
	NoHandOver  Mutation = "a primary that is told to follow does so at once"
	SameHistory Mutation = "a primary reuses an earlier history's ID"
	PartLeads   Mutation = "a secondary that has a part of the data leads without asking"

	// Rules of epochs.
	TellFirst  Mutation = "a successor is told that it leads before its predecessor has stepped down"
	StaleAck   Mutation = "what a secondary was sent counts as what it has"
	Deaf       Mutation = "a member does not obey the stream of a later epoch"
	NoLineage  Mutation = "a primary does not say what its history goes on from"
	FenceStops Mutation = "the fence goes by a clock that stops with the process"

	// Rules of the ledger.
	LedgerMerged   Mutation = "a ledger does not count what its process had not merged"
	LedgerAnyEpoch Mutation = "a ledger takes the word of a primary of an earlier epoch"

	// Rules of nodes with etcd.
	BegunInTime      Mutation = "writes that were begun before the end of the fence are acknowledged after it"
	JoinsFull        Mutation = "a node that joins counts its empty store as a complete copy"
	StandsBeside     Mutation = "a secondary stands for election although it hears from its primary"
	ForgetsEpochs    Mutation = "an election goes by etcd's epochs alone"
	RestartsUnfenced Mutation = "a primary that restarts takes writes without etcd, by the word of one secondary"
	LeftCount        Mutation = "secondaries that have left a primary without etcd still vouch for it"
)

// Rules of nodes with etcd that keep their memory.
const (
	NobodyLags  Mutation = "a node that has just started gives others as little time to stand as one that has taken part"
	KilledWhole Mutation = "what a killed process has noted counts as a complete copy"
	NotedBehind Mutation = "a primary notes no more than a secondary has"
)

// Rules of nodes that lack room.
const (
	KeepsBefore Mutation = "a secondary without room for a value keeps the one before"
)

// Mutations returns all but None, those that need etcd or little room, and two that have tests of their own: NoKnock only delays a secondary,
// and LedgerAnyEpoch takes two forced promotions and a restart.
func Mutations() []Mutation {
	return []Mutation{NoSweep, NoUnite, PieceEarly, NoFlush, LostRecords, StaleMemory, NoMissing,
		RefusedIsAway, StopsCount, NoRenewal, NoPeers, DateUntold, PartIsWhole, CannotAsk, NoLeave,
		NoSeal, NoHandOver, SameHistory, PartLeads, TellFirst, StaleAck, Deaf, NoLineage, FenceStops,
		LedgerMerged}
}

// settle returns MemberOptions.Settle.
func (m Mutation) settle() time.Duration {
	if m == NoHandOver {
		return 1
	}
	return 0
}

// source returns the random source of a primary's history IDs.
func (m Mutation) source(s rand.Source) rand.Source {
	if m == SameHistory {
		return constant{}
	}
	return s
}

// constant is a source that always returns the same number.
type constant struct{}

func (constant) Uint64() uint64 { return 1 << 40 }

func (m Mutation) wrap(n *node, s replica.Store) replica.Store {
	switch m {
	case None, NoFlush:
		return s
	case KeepsBefore:
		return &hoarder{s, n}
	}
	return &mutant{s, m}
}

func (m Mutation) flush(l *replica.Log) func() {
	if m == NoFlush {
		return func() {}
	}
	return l.Flush
}

// mutant is a store that breaks a rule.
type mutant struct {
	replica.Store
	m Mutation
}

func (s *mutant) Sweep(cursor uint64) uint64 {
	if s.m == NoSweep {
		return 0
	}
	return s.Store.Sweep(cursor)
}

func (s *mutant) Unite(cursor uint64) uint64 {
	if s.m == NoUnite {
		return 0
	}
	return s.Store.Unite(cursor)
}

func (s *mutant) Walk(dst []byte, cursor uint64, limit int, cut func() uint64) (records []byte, next, at uint64) {
	records, next, at = s.Store.Walk(dst, cursor, limit, cut)
	if s.m == PieceEarly {
		at = 0
	}
	return records, next, at
}

func (s *mutant) Apply(records []byte, noted func([]byte)) error {
	if s.m == LostRecords && len(records) > 4000 {
		return nil
	}
	return s.Store.Apply(records, noted)
}

// EtcdMutations returns the mutations of the rules of nodes with etcd.
func EtcdMutations() []Mutation {
	return []Mutation{BegunInTime, JoinsFull, StandsBeside, ForgetsEpochs, LeftCount, RestartsUnfenced}
}
