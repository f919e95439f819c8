package replica

import (
	"encoding/binary"
	"fmt"
	"time"
)

// leads is the payload of frameLeads, which a primary with an epoch sends before a sync, when the epoch has grown, and with
// each heartbeat. The frame's offset field holds the time of sending, by the primary's Elapsed. The secondary returns it in
// frameFollows: an answer proves that it followed at that time, however long the answer took.
type leads struct {
	epoch  uint64
	serves bool    // the primary has a history; it may be asking its secondaries what they hold
	line   lineage // of that history
}

const leadsHead = 9

func (l leads) append(dst []byte, sent time.Duration) []byte {
	b, at := openFrame(dst)
	b = binary.LittleEndian.AppendUint64(b, l.epoch)
	serves := byte(0)
	if l.serves {
		serves = 1
	}
	b = append(b, serves)
	return closeFrame(l.line.append(b), at, frameLeads, uint64(sent))
}

func parseLeads(p []byte) (l leads, err error) {
	if len(p) < leadsHead || (len(p)-leadsHead)%ancestorSize != 0 {
		return l, fmt.Errorf("%w: leads of %d bytes", errFrame, len(p))
	}
	l.epoch, l.serves, l.line = binary.LittleEndian.Uint64(p), p[8] == 1, parseLineage(p[leadsHead:])
	return l, nil
}

// leadsDue reports whether the secondary has not been sent the current epoch. REQUIRES l.mu.
func (l *Link) leadsDue() bool { return l.leadsTold != l.p.epoch.Load() }

// appendLeads appends a frameLeads, if the primary has an epoch. REQUIRES l.mu.
func (l *Link) appendLeads(now time.Duration, b []byte) []byte {
	epoch := l.p.epoch.Load()
	l.leadsAt = now
	if l.leadsTold = epoch; epoch == 0 || l.taking {
		return b
	}
	serves, line := l.p.ancestors()
	return leads{epoch, serves, line}.append(b, l.p.elapsed(now))
}

// repeatLeads appends a frameLeads if none was sent for the interval of heartbeats: while there are writes, the heartbeats
// that ask for acks postpone the regular ones, which come with a frameLeads. REQUIRES l.mu.
func (l *Link) repeatLeads(now time.Duration, b []byte) []byte {
	if now-l.leadsAt < l.p.opts.Beat {
		return b
	}
	return l.appendLeads(now, b)
}

// follows records the secondary's confirmation that it follows. REQUIRES l.mu.
func (l *Link) follows(now time.Duration, f frame) error {
	if len(f.payload) < 8 || f.offset > uint64(l.p.elapsed(now)) {
		return fmt.Errorf("%w of kind %d", errAnswer, f.kind)
	}
	if binary.LittleEndian.Uint64(f.payload) == l.p.epoch.Load() {
		l.followsAt, l.followsIn = time.Duration(f.offset), l.p.epoch.Load()
	}
	l.line, l.lineTold = parseLineage(f.payload[8:]), true
	return nil
}

// told returns the lineage of what the secondary holds. REQUIRES l.mu.
func (l *Link) told() lineage {
	if !l.lineTold {
		return untold
	}
	return l.line
}

// followsSince reports whether the secondary has a stream, and whether it has confirmed that it follows in this epoch, when
// asked at since or later.
func (l *Link) followsSince(since time.Duration) (connected, confirms bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	connected = l.state == linkSending && l.broken == nil
	return connected, connected && l.followsIn != 0 && l.followsIn == l.p.epoch.Load() && l.followsAt >= since
}

// elapsed reads the clock that dates the answers of secondaries.
func (p *Primary) elapsed(now time.Duration) time.Duration {
	if p.opts.elapsed == nil {
		return now
	}
	return p.opts.elapsed()
}

// hearLeads handles a frameLeads. REQUIRES r.s.mu.
func (r *Stream) hearLeads(f frame) error {
	l, err := parseLeads(f.payload)
	if err != nil {
		return err
	}
	r.leadsSent, r.confirms, r.line = f.offset, true, l.line
	if group := r.s.opts.group; group != nil {
		group.hearLeads(r.s, l)
	}
	return nil
}

// confirm appends the answer to frameLeads. REQUIRES r.s.mu.
func (r *Stream) confirm(out []byte) []byte {
	epoch := uint64(0)
	if group := r.s.opts.group; group != nil && !group.renounces.Load() {
		epoch = group.leads.Load().epoch
		if h := group.heard.Load(); h != nil && h.primary == r.s.opts.Primary { // Step is about to adopt it
			epoch = max(epoch, h.epoch)
		}
	}
	r.confirms = false
	return appendFrame(out, frameFollows, r.leadsSent, r.s.line.append(binary.LittleEndian.AppendUint64(nil, epoch))...)
}

// hearLeads handles a frameLeads from the primary of s. It is called under the lock of s, and does not take mu.
func (m *Member) hearLeads(s *Secondary, l leads) {
	m.hear(leadership{l.epoch, s.opts.Primary})
	if l.serves {
		m.countLost(l)
	}
}
