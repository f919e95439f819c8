package topology

import "time"

// Rebalancing is the reply of REBALANCE: the moves that it starts, or would start.
type Rebalancing struct {
	Version uint64      `json:"version"` // of the stored assignment from which it starts; 0: none is stored
	Plan    string      `json:"plan"`    // identifies these moves
	Groups  []SlotCount `json:"groups"`
	Moves   []Move      `json:"moves"`
}

// SlotCount is how many slots a group owns.
type SlotCount struct {
	Group  string `json:"group"`
	Weight int64  `json:"weight"`
	Slots  int    `json:"slots"` // now
	After  int    `json:"after"` // the moves
}

// Progress is the reply of REBALANCE STATUS.
type Progress struct {
	Version  uint64      `json:"version"` // of the stored assignment; 0: none is stored
	Groups   []SlotCount `json:"groups"`
	Moves    []Move      `json:"moves"`    // under way
	Removing []Move      `json:"removing"` // done or given up; From still removes its entries
	Giving   Giving      `json:"giving"`   // the part of the node that answers
}

// Cancelled is the reply of REBALANCE CANCEL.
type Cancelled struct {
	Moves int `json:"cancelled"` // moves that are not done and are given up
}

// Giving is a node's part in moves, as the giver.
type Giving struct {
	Moves    []MoveProgress `json:"moves"`     // in the order in which it carries them out
	Done     int64          `json:"done"`      // handed over since the node's start
	Failed   int64          `json:"failed"`    // attempts that ended without a hand-over
	Removed  int64          `json:"removed"`   // entries, after moves
	Bytes    int64          `json:"bytes"`     // copied
	HeldLast time.Duration  `json:"held_last"` // for which the last hand-over held writes, in nanoseconds
	HeldMax  time.Duration  `json:"held_max"`  // the longest one, in nanoseconds
}

// MoveProgress is how far a move is.
type MoveProgress struct {
	ID        string        `json:"id"`
	From      string        `json:"from"`
	To        string        `json:"to"`
	Slots     int           `json:"slots"`
	State     string        `json:"state"`  // waiting, copying, handing over or removing
	Walked    float64       `json:"walked"` // share of the giver's store that has been looked at, 0 to 1
	Bytes     int64         `json:"bytes"`  // copied so far
	Rate      float64       `json:"rate"`   // bytes a second
	Left      time.Duration `json:"left"`   // expected until the hand-over, in nanoseconds; 0: not known
	Attempts  int64         `json:"attempts"`
	LastError string        `json:"last_error,omitempty"` // of the attempt before
	Since     time.Time     `json:"since"`                // of this state
}
