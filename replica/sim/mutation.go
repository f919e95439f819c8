package sim

import (
	"math/rand/v2"
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// Mutation is a rule that a run breaks on purpose, to see that it is missed.
type Mutation string

// The mutations.
const (
	None        Mutation = ""
	NoSweep     Mutation = "no sweep after a full sync"
	NoUnite     Mutation = "no end of the generation that was cut off"
	PieceEarly  Mutation = "a piece goes before the log up to where it was taken"
	NoFlush     Mutation = "a flush is not logged"
	LostRecords Mutation = "a record is left out when several are applied"
	StaleMemory Mutation = "a node that restarts holds less than it says"
	NoKnock     Mutation = "a secondary that comes back does not knock"
	NoMissing   Mutation = "the delete of a key that is not there is not logged"

	// What a primary that starts once did.
	RefusedIsAway Mutation = "a member that answers with an error counts as away"
	StopsCount    Mutation = "time for which the process was stopped counts"
	NoRenewal     Mutation = "the wait is not renewed when a fetch is cut after its time is over"
	NoPeers       Mutation = "a member does not say who was in step with it"
	EpochUntold   Mutation = "secondaries in step are not told when the epoch is raised"
	PartIsWhole   Mutation = "what a full sync left unfinished counts as a complete copy"
	CannotAsk     Mutation = "a member that the primary has no way to ask counts as away"
	NoLeave       Mutation = "the link to a secondary that leaves keeps what it claimed"

	// Of changes of role.
	NoSeal      Mutation = "a primary that hands over takes writes"
	NoHandOver  Mutation = "a primary that is to follow does so at once"
	SameHistory Mutation = "a primary goes on with a history that had its ID before"
	PartLeads   Mutation = "a secondary that has a part of the data leads without asking"
)

// Mutations are all but None, and but NoKnock, which breaks nothing but a time: TestKnock sees it.
func Mutations() []Mutation {
	return []Mutation{NoSweep, NoUnite, PieceEarly, NoFlush, LostRecords, StaleMemory, NoMissing,
		RefusedIsAway, StopsCount, NoRenewal, NoPeers, EpochUntold, PartIsWhole, CannotAsk, NoLeave,
		NoSeal, NoHandOver, SameHistory, PartLeads}
}

// settle is how long a primary that is to follow waits for its successor.
func (m Mutation) settle() time.Duration {
	if m == NoHandOver {
		return 1
	}
	return 0
}

// source is what a primary draws its histories' IDs from.
func (m Mutation) source(s rand.Source) rand.Source {
	if m == SameHistory {
		return constant{}
	}
	return s
}

// constant is a source without chance.
type constant struct{}

func (constant) Uint64() uint64 { return 1 << 40 }

func (m Mutation) wrap(s replica.Store) replica.Store {
	if m == None || m == NoFlush {
		return s
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

func (s *mutant) Apply(records []byte) error {
	if s.m == LostRecords && len(records) > 4000 {
		return nil
	}
	return s.Store.Apply(records)
}
