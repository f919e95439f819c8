package session

import "time"

// Kept says where the store's memory is kept for the node's next process, and what the start has found of the last one.
type Kept struct {
	In                 string // systemd or a folder; empty: it ends with the process
	Start              bool   // the start has found entries; the rest is about these
	Clean              bool   // the last process had stopped in order
	Entries            int64
	Shards, LostShards int64 // of the store, and those of them that are empty because they were being changed or are damaged
	Took               time.Duration
	// Missing reports whether the memory that the node uses is no longer there for its next process; nil: it is.
	Missing func() bool
}

func (k *Kept) missing() int {
	if k.Missing != nil && k.Missing() {
		return 1
	}
	return 0
}
