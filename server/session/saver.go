package session

import (
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

// Saver writes snapshots of the store to the node's file. Any goroutine may call its methods.
type Saver interface {
	// Save begins to write a snapshot, and calls done, from any goroutine, once it is written or has failed. The error says
	// why it cannot begin: done is not called then.
	Save(done func(error)) error
	// Saves returns what the node knows of its snapshots.
	Saves() Saves
}

// Saves are a node's snapshots so far.
type Saves struct {
	Began    time.Time     // the one that is being written; zero: none is
	Last     time.Time     // when the last one was complete; zero: none was
	Took     time.Duration // the last one that was complete
	Failed   bool          // the latest attempt
	Written  int64         // number since the start
	Failures int64         // failed attempts since the start
	Loaded   int64         // entries that the start has read
	Expired  int64         // entries that had expired by then
	Counted  int64         // Changes when the last complete one began, or when the start had read the file
}

// Changes is the number of entries stored and deleted since the start; evictions, expirations and flushes do not count.
func Changes(store lru.Stats) int64 { return store.Sets + store.Deletes }

// Saves returns what the node knows of its snapshots. Without a Saver there are none.
func (n *Node) Saves() Saves {
	if n.Saver == nil {
		return Saves{}
	}
	return n.Saver.Saves()
}

// Unsaved is the number of Changes that the last snapshot may lack.
func (n *Node) Unsaved() int64 { return Changes(n.store.Stats()) - n.Saves().Counted }

// LastSave is what LASTSAVE answers: when the last snapshot was complete, or else the node's start, as in Redis.
func (n *Node) LastSave() time.Time {
	if s := n.Saves(); !s.Last.IsZero() {
		return s.Last
	}
	return n.start
}
