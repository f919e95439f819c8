package replica

import (
	"encoding/binary"
	"time"

	"go.uber.org/zap"
)

// Heartbeats carry the primary's time of day, since expiries travel as times of day: a secondary whose clock is ahead
// expires entries early. The secondary only reports the difference.

// clockTag follows the ids of a heartbeat, in the place of the length of an id, and before the time of day. No id is as
// long as that, so releases that do not know the tag stop reading there.
const clockTag = 0xffff

// appendClock appends the time of day, in milliseconds since 1970.
func appendClock(b []byte, wall int64) []byte {
	b = binary.LittleEndian.AppendUint16(b, clockTag)
	return binary.LittleEndian.AppendUint64(b, uint64(wall))
}

// parseClock reads what appendClock has appended; ok is false if it is not there.
func parseClock(b []byte) (wall int64, ok bool) {
	if len(b) < 10 || binary.LittleEndian.Uint16(b) != clockTag {
		return 0, false
	}
	return int64(binary.LittleEndian.Uint64(b[2:])), true
}

const (
	skewFrom  = time.Second // smaller differences of clocks are not reported
	skewBeats = 16          // the difference is taken from this many heartbeats
)

// skew measures how far the clock of this node is ahead of the primary's. A heartbeat that was delayed on its way makes it
// seem further ahead, so the least of the last differences counts. The zero value is ready.
type skew struct {
	last     [skewBeats]int64 // milliseconds
	n        int              // heartbeats so far
	reported bool
}

// note takes a heartbeat's time and this node's, both in milliseconds since 1970.
func (k *skew) note(theirs, ours int64) {
	k.last[k.n%skewBeats] = ours - theirs
	k.n++
}

// ahead returns how far this node's clock is ahead; negative: behind. It is 0 if the difference is small, or after too few
// heartbeats.
func (k *skew) ahead() time.Duration {
	if k.n < skewBeats {
		return 0
	}
	least := k.last[0]
	for _, d := range k.last[1:] {
		least = min(least, d)
	}
	d := time.Duration(least) * time.Millisecond
	if d.Abs() < skewFrom {
		return 0
	}
	return d
}

// hearClock takes the time of day that ends a heartbeat, and logs when the clocks begin and cease to differ.
// REQUIRES r.s.mu.
func (r *Stream) hearClock(theirs int64) {
	s := r.s
	if s.opts.Wall == nil {
		return
	}
	r.skew.note(theirs, s.opts.Wall())
	ahead := r.skew.ahead()
	if (ahead != 0) == r.skew.reported || r.skew.n < skewBeats {
		return
	}
	if r.skew.reported = ahead != 0; !r.skew.reported {
		s.log.Info("replication: the clocks of this node and of the primary agree again", zap.String("primary", s.opts.Primary))
		return
	}
	s.log.Warn("replication: the clocks of this node and of the primary differ: entries that have an expiry expire too early here, or too late",
		zap.String("primary", s.opts.Primary), zap.Duration("this_node_is_ahead_by", ahead), zap.String("do", "synchronize both clocks, for instance by NTP"))
}
