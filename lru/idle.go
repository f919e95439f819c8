package lru

import "time"

// idleTimes tells the age of a stamp: it remembers how far the shard's move
// count had come at some moments, finely for the last minute, coarsely beyond.
type idleTimes struct {
	seconds, minutes, hours track
}

// track is a ring of moments a fixed gap apart.
type track struct {
	moves [trackLen]uint32
	times [trackLen]int64
	next  int
}

const trackLen = 64

func (t *track) note(moves uint32, now int64, gap time.Duration) {
	last := (t.next + trackLen - 1) % trackLen
	if now-t.times[last] >= gap.Milliseconds() {
		t.moves[t.next], t.times[t.next] = moves, now
		t.next = (t.next + 1) % trackLen
	}
}

// note records that the shard's move count is moves at the time now.
func (t *idleTimes) note(moves uint32, now int64) {
	t.seconds.note(moves, now, time.Second)
	t.minutes.note(moves, now, time.Minute)
	t.hours.note(moves, now, time.Hour)
}

// since returns how long ago the move count was at stamp: it takes the earliest
// remembered moment that is not before the stamp.
func (t *idleTimes) since(stamp, moves uint32, now int64) time.Duration {
	age := (moves - stamp) & stampMask // moves made since the stamp
	var idle int64
	for _, tr := range [...]*track{&t.seconds, &t.minutes, &t.hours} {
		for i, at := range tr.times {
			if at != 0 && (moves-tr.moves[i])&stampMask <= age {
				idle = max(idle, now-at)
			}
		}
	}
	return time.Duration(max(idle, 0)) * time.Millisecond
}
