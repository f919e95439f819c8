package order

import (
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// A stamp counts uses, not time, so that it costs no clock and fits 30 bits. Idle turns it into a time. The flags are in the
// place of its lowest bits, so that it says in which group of eight uses an entry was used last.

// stampNow notes in h that it is used now, and the flags.
func (o *Order) stampNow(h *memory.Header, bits uint32) {
	o.uses++
	h.SetStamp(o.uses&^flags | bits)
}

// age is how many uses were noted since stamp, or up to seven more.
func (o *Order) age(stamp uint32) uint32 {
	return (o.uses - stamp&^flags) & memory.StampMask
}

// Uses ends a group of uses, and returns what the stamps of later ones are greater than, and those of earlier ones are not.
func (o *Order) Uses() uint32 {
	uses := o.uses &^ flags
	if o.uses&flags != flags {
		o.uses = uses + pause | flags
	}
	return uses
}

// pause is how many uses are counted between two groups that Uses divides, so that they can still be told apart when Adopt
// rescales stamps for a table of more shards. Once a second, it makes the count wrap round in a hundred days.
const pause = 15 * (flags + 1)

// Idle remembers how far a shard's count of uses had come at some moments, finely for the last minute, coarsely beyond.
type Idle struct {
	seconds, minutes, hours track
}

// track is a ring of moments a fixed gap apart.
type track struct {
	uses  [trackLen]uint32
	times [trackLen]int64
	next  int
}

const trackLen = 64

func (t *track) due(now int64, gap time.Duration) bool {
	return now-t.times[(t.next+trackLen-1)%trackLen] >= gap.Milliseconds()
}

func (t *track) note(uses uint32, now int64) {
	t.uses[t.next], t.times[t.next] = uses, now
	t.next = (t.next + 1) % trackLen
}

func (i *Idle) tracks() [3]*track { return [...]*track{&i.seconds, &i.minutes, &i.hours} }

// Note records how far the count of uses of o has come at the time now, in milliseconds since the epoch.
func (i *Idle) Note(o *Order, now int64) {
	if i.seconds.due(now, time.Second) {
		uses := o.Uses()
		for n, gap := range [...]time.Duration{time.Second, time.Minute, time.Hour} {
			if t := i.tracks()[n]; t.due(now, gap) {
				t.note(uses, now)
			}
		}
	}
}

// Since returns how long ago the entry with the header h was used: it takes the earliest remembered moment that is not
// before that use.
func (i *Idle) Since(o *Order, h *memory.Header, now int64) time.Duration {
	age := o.age(h.Stamp())
	var idle int64
	for _, tr := range i.tracks() {
		for j, at := range tr.times {
			if at != 0 && (o.uses-tr.uses[j])&memory.StampMask <= age {
				idle = max(idle, now-at)
			}
		}
	}
	return time.Duration(max(idle, 0)) * time.Millisecond
}

// Inherit copies into i, of an order that has counted no use yet, what old remembers of the order o, rescaled from a table
// of from shards to one of to shards.
func (i *Idle) Inherit(old *Idle, o *Order, from, to int) {
	*i = *old
	for _, t := range i.tracks() {
		for j := range t.uses {
			t.uses[j] = -rescale((o.uses-t.uses[j])&memory.StampMask, from, to)
		}
	}
}

// mostAge is the greatest age for which a stamp is made.
const mostAge = memory.StampMask / 2

// rescale converts a number of uses of a shard, with from shards in all, into the number that a shard would have counted
// in the same time with to shards.
func rescale(uses uint32, from, to int) uint32 {
	return uint32(min(uint64(uses)*uint64(from)/uint64(to), mostAge))
}

// Age converts a stamp of the order o, of from shards, into the age that it would have at the takeover in a shard of to
// shards that has taken over from o: a number of uses.
func (o *Order) Age(stamp uint32, from, to int) uint32 { return rescale(o.age(stamp), from, to) }

// Total is the number of uses that o, of from shards, has counted, converted to a shard of to shards.
func (o *Order) Total(from, to int) uint32 { return rescale(o.uses&memory.StampMask, from, to) }

// Adopt returns the stamp of an entry taken over from another order, which had the given stamp and was last used age
// uses before this order began.
func (o *Order) Adopt(stamp, age uint32) uint32 {
	return (-min(age, mostAge)&^flags | stamp&flags) & memory.StampMask
}

// AgeAt is the age that the entry with this stamp had when Uses returned uses; 0 if it was used later. An entry
// that has not been used for over 500 million uses of its shard looks as if it was used later.
func (o *Order) AgeAt(stamp, uses uint32) uint32 {
	age := (uses - stamp&^flags) & memory.StampMask
	if age > memory.StampMask/2 {
		return 0
	}
	return age
}
