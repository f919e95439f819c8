package replica

import (
	"encoding/binary"
	"slices"
	"time"
)

// roll is what a primary tells all its secondaries in heartbeats beside the lag: the epoch of its history, which is
// raised when it learns of another history with a later one, and who is in step. So each of them can tell the next
// primary how late its copy is, and who may have a later one.
type roll struct {
	number uint64 // which one it is
	b      []byte // as it is sent
}

// rollHead is the length of a heartbeat's payload without ids: lag, epoch. Releases without a roll send, and
// understand, the lag only.
const rollHead = 16

// call makes a new roll, and has all links send it. REQUIRES mu.
func (p *Primary) call() {
	b := binary.LittleEndian.AppendUint64(nil, p.history.Epoch)
	for _, l := range p.Links() {
		if l.inStep.Load() {
			b = appendID(b, l.id)
		}
	}
	number := uint64(1)
	if last := p.roll.Load(); last != nil {
		number = last.number + 1
	}
	p.roll.Store(&roll{number, b})
	p.wakeAll()
}

// everInStep are the ids of the secondaries that have been in step with this primary.
func (p *Primary) everInStep() (ids []string) {
	for _, l := range p.Links() {
		if l.wasInStep.Load() {
			ids = append(ids, l.id)
		}
	}
	return ids
}

// setInStep notes whether the secondary holds exactly this history, and tells the others when that has changed.
// REQUIRES l.mu.
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
		l.p.call()
	}
}

// appendBeat appends a heartbeat, which tells the secondary how far behind it is, and the roll. To a primary that
// does not serve it answers who was in step with it.
func (l *Link) appendBeat(now time.Duration, b []byte) []byte {
	l.beatAt = now
	_, end := l.p.opts.Log.Bounds()
	b, at := openFrame(b)
	b = binary.LittleEndian.AppendUint64(b, uint64(l.currentLag(now)))
	if r := l.p.roll.Load(); r != nil {
		b, l.told = append(b, r.b...), r.number
	} else {
		b = binary.LittleEndian.AppendUint64(b, 0)
	}
	return closeFrame(b, at, frameBeat, end)
}

// untold reports whether there is a roll that the secondary was not sent. REQUIRES l.mu.
func (l *Link) untold() bool {
	r := l.p.roll.Load()
	return r != nil && r.number != l.told
}

// hearRoll takes what a heartbeat says beside the lag. Before a stream has begun it says nothing of its history.
// REQUIRES r.s.mu.
func (r *Stream) hearRoll(payload []byte) {
	if len(payload) < rollHead {
		return
	}
	r.asksPeers = r.state == streamIdle
	epoch := binary.LittleEndian.Uint64(payload[8:])
	s := r.s
	if r.history == (History{}) || epoch < r.history.Epoch {
		return
	}
	r.history.Epoch = epoch
	if s.pos.ID == r.history.ID {
		s.pos.Epoch = epoch
	}
	s.peers = slices.DeleteFunc(parseIDs(payload[rollHead:]), func(id string) bool { return id == s.opts.ID })
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

// parseIDs reads ids up to the first that is cut off.
func parseIDs(b []byte) (ids []string) {
	for len(b) >= 2 {
		n := int(binary.LittleEndian.Uint16(b))
		if b = b[2:]; n > len(b) {
			break
		}
		ids, b = append(ids, string(b[:n])), b[n:]
	}
	return ids
}
