package replica

import (
	"encoding/binary"
	"slices"
	"time"
)

// roster lists the secondaries in step, with the date of the primary's history, which rises when the primary learns of
// another history with a later date. The primary sends it to all its secondaries in heartbeats, after the lag. So each
// of them can tell the next primary how recent its copy is, and which members may have a later one.
type roster struct {
	number uint64 // counts rosters
	b      []byte // encoded
}

// rosterHead is the length of a heartbeat's payload without ids: lag and date. Older releases send and read the lag only.
const rosterHead = 16

// newRoster makes a roster and wakes all links to send it. REQUIRES mu.
func (p *Primary) newRoster() {
	b := binary.LittleEndian.AppendUint64(nil, p.history.Date)
	inStep := 0
	for _, l := range p.Links() {
		if l.inStep.Load() {
			b = appendID(b, l.id)
			inStep++
		}
	}
	if p.opts.inStep != nil {
		p.opts.inStep(inStep)
	}
	number := uint64(1)
	if last := p.roster.Load(); last != nil {
		number = last.number + 1
	}
	p.roster.Store(&roster{number, b})
	p.wakeAll()
}

// everInStep returns the ids of the secondaries that have at some time been in step with this primary.
func (p *Primary) everInStep() (ids []string) {
	for _, l := range p.Links() {
		if l.wasInStep.Load() {
			ids = append(ids, l.id)
		}
	}
	return ids
}

// setInStep records whether the secondary holds exactly this history. A change makes a new roster. REQUIRES l.mu.
func (l *Link) setInStep(yes bool) {
	if l.inStep.Swap(yes) == yes {
		return
	}
	if yes {
		l.wasInStep.Store(true)
	}
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	if l.p.phase == phaseServing {
		l.p.newRoster()
	}
}

// appendBeat appends a heartbeat: the secondary's lag, the roster, and the time of day. A member whose stream has not begun
// answers with the ids of the members that were in step with it.
func (l *Link) appendBeat(now time.Duration, b []byte) []byte {
	l.beatAt = now
	_, end := l.p.opts.Log.Bounds()
	b, at := openFrame(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(l.currentLag(now)))
	if r := l.p.roster.Load(); r != nil {
		b, l.rosterSent = append(b, r.b...), r.number
	} else {
		b = binary.LittleEndian.AppendUint64(b, 0)
	}
	return closeFrame(appendClock(b, l.p.opts.Wall()), at, frameBeat, end)
}

// rosterDue reports whether the latest roster has not been sent to the secondary. REQUIRES l.mu.
func (l *Link) rosterDue() bool {
	r := l.p.roster.Load()
	return r != nil && r.number != l.rosterSent
}

// hearRoster takes the roster and the time of day from a heartbeat. A heartbeat before the stream's begin frame concerns no
// history yet. REQUIRES r.s.mu.
func (r *Stream) hearRoster(payload []byte) {
	if len(payload) < rosterHead {
		return
	}
	r.asksPeers = r.state == streamIdle
	ids, rest := parseIDs(payload[rosterHead:])
	if wall, ok := parseClock(rest); ok {
		r.hearClock(wall)
	}
	date := binary.LittleEndian.Uint64(payload[8:])
	s := r.s
	if r.history == (History{}) || date < r.history.Date {
		return
	}
	r.history.Date = date
	if s.pos.ID == r.history.ID {
		s.pos.Date = date
	}
	s.peers = slices.DeleteFunc(ids, func(id string) bool { return id == s.opts.ID })
}

func appendID(b []byte, id string) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(id)))
	return append(b, id...)
}

func appendIDs(b []byte, ids []string) []byte {
	for _, id := range ids {
		b = appendID(b, id)
	}
	return b
}

// parseIDs reads ids, and stops at the first that is incomplete. rest begins there.
func parseIDs(b []byte) (ids []string, rest []byte) {
	for len(b) >= 2 {
		n := int(binary.LittleEndian.Uint16(b))
		if n > len(b)-2 {
			break
		}
		ids, b = append(ids, string(b[2:2+n])), b[2+n:]
	}
	return ids, b
}
