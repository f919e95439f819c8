package lru

import "time"

// Reader gives read access to a locked shard during a walk. A change would move entries, and the walk would miss some. It
// is valid only during the call that it is passed to.
type Reader struct {
	s    *Shard
	hash uint64
}

// Hash is Shards.Hash of the key of the entry that the call is for.
func (r Reader) Hash() uint64 { return r.hash }

// Len is the length of e's value in bytes.
func (r Reader) Len(e Entry) int { return r.s.Len(e) }

// AppendValue appends e's value to dst.
func (r Reader) AppendValue(dst []byte, e Entry) []byte { return r.s.AppendValue(dst, e) }

// AppendRange appends bytes from up to, not including, to of e's value to dst.
// REQUIRES: 0 <= from <= to <= Len(e).
func (r Reader) AppendRange(dst []byte, e Entry, from, to int) []byte {
	return r.s.AppendRange(dst, e, from, to)
}

// Expiry returns the expiry of e, in milliseconds since the epoch; 0: never.
func (r Reader) Expiry(e Entry) int64 { return r.s.Expiry(e) }

// Idle is about how long ago e was used: see Shard.Idle.
func (r Reader) Idle(e Entry, now int64) time.Duration { return r.s.Idle(e, now) }

// Footprint is the bytes of memory that e takes: see Shard.Footprint.
func (r Reader) Footprint(e Entry) int { return r.s.Footprint(e) }
