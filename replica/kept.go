package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Kept is what a member leaves to the next process of its node, if the node keeps the store's memory. The zero value stands for
// entries of which nothing is known.
type Kept struct {
	// Position is what the store holds. Of a killed process it is the last that was noted, and not complete: the store has
	// later changes too, and may lack earlier ones.
	Position
	mixed   bool
	peers   []string
	line    lineage
	maxDate uint64
	leads   leadership
	// records are the log's latest, which end at the position; nil: none.
	records []byte
}

// Leave ends the member for good and returns what it leaves. REQUIRES: Run has ended, and nothing is logged any more.
func (m *Member) Leave() Kept {
	m.mu.Lock()
	defer m.unlock()
	m.retire()
	h := &m.held
	k := Kept{Position: h.pos, mixed: h.mixed, peers: h.peers, line: h.line, maxDate: h.maxDate, leads: *m.leads.Load()}
	if m.opts.Log.Merge() == h.pos.Offset && h.pos.Complete {
		k.records = m.opts.Log.all()
	}
	return k
}

// noteLag is more than any log grows between two notes. A killed primary of a history has all of it: it counts as so far ahead
// of the others that have noted that history.
const noteLag = 1 << 40

// Note returns what is known of the store while it is in use, for the case that the process is killed: without records.
func (m *Member) Note() Kept {
	k := Kept{mixed: true, leads: *m.leads.Load()}
	p, s := m.Part()
	if p != nil {
		k.Position, k.peers = p.noted()
	} else if s != nil {
		k.Position, k.peers = s.Position(), s.knownPeers()
	}
	k.Complete = false
	k.maxDate = k.Date
	return k
}

// noted returns the position of a primary's data, as far as it is known, and the members that were in step with it.
func (p *Primary) noted() (Position, []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.phase == phaseServing:
		return Position{History: p.history, Offset: p.start + noteLag}, p.everInStep()
	case p.own != nil:
		return p.own.candidate.holds, p.opts.peers
	}
	return Position{}, nil
}

// Return says that the store has the entries that an earlier process has left, and what is known of them. Call it before the
// first term. The member then serves only once it knows that no other member has later data, if there are others.
func (m *Member) Return(k Kept) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.returns = true
	m.held = held{pos: k.Position, peers: k.peers, line: k.line, mixed: k.mixed || !k.Complete, maxDate: max(k.maxDate, k.Date)}
	if m.held.line == nil {
		m.held.line = untold
	}
	if k.Complete {
		m.opts.Log.restore(k.records, k.Offset)
	}
	if !m.opts.Coordinated && k.leads.epoch > 0 { // etcd and the config know better
		m.setLeads(k.leads)
	}
}

// WithoutLog returns k without the records of the log, which take most of its encoding.
func (k Kept) WithoutLog() Kept {
	k.records = nil
	return k
}

// Loaded says that the store now has the entries of a file that was written at this time of day, in milliseconds since 1970. To the
// group they are older data than what any member kept in memory. REQUIRES: the member is a secondary without a stream, and Return
// was called.
func (m *Member) Loaded(written int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, s := m.Part()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pos, s.mixed = Position{History: History{Date: dateOf(0, written)}}, true
}

// keptVersion changes with the encoding.
const keptVersion = 1

var errKept = errors.New("what an earlier process has left of its replication cannot be read")

// Append appends the encoding of k.
func (k *Kept) Append(dst []byte) []byte {
	dst = append(dst, keptVersion, flag(k.Complete), flag(k.mixed))
	dst = binary.LittleEndian.AppendUint64(k.History.append(dst), k.Offset)
	dst = binary.LittleEndian.AppendUint64(dst, k.maxDate)
	dst = binary.LittleEndian.AppendUint64(dst, k.leads.epoch)
	dst = appendText(dst, k.leads.primary)
	dst = appendText(dst, string(appendIDs(nil, k.peers)))
	dst = appendText(dst, string(k.line.append(nil)))
	return append(dst, k.records...)
}

// ParseKept decodes what Append has encoded. The result refers to b.
func ParseKept(b []byte) (k Kept, err error) {
	const fixed = 3 + historySize + 3*8
	if len(b) < 1 || b[0] != keptVersion {
		return k, fmt.Errorf("%w: another release has written it", errKept)
	}
	if len(b) < fixed {
		return k, errKept
	}
	k.Complete, k.mixed = b[1] == 1, b[2] == 1
	k.History = parseHistory(b[3:])
	rest := b[3+historySize:]
	k.Offset = binary.LittleEndian.Uint64(rest)
	k.maxDate = binary.LittleEndian.Uint64(rest[8:])
	k.leads.epoch = binary.LittleEndian.Uint64(rest[16:])
	rest = rest[24:]
	var text []byte
	if text, rest, err = parseText(rest); err != nil {
		return Kept{}, err
	}
	k.leads.primary = string(text)
	if text, rest, err = parseText(rest); err != nil {
		return Kept{}, err
	}
	k.peers, _ = parseIDs(text)
	if text, k.records, err = parseText(rest); err != nil {
		return Kept{}, err
	}
	k.line = parseLineage(text)
	return k, nil
}

func flag(is bool) byte {
	if is {
		return 1
	}
	return 0
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func parseText(b []byte) (text, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, errKept
	}
	b = b[size:]
	return b[:n], b[n:], nil
}

// justReturned reports whether the member has kept entries, and no term yet in which it could learn what others have. REQUIRES
// mu.
func (m *Member) justReturned() bool {
	p, s := m.Part()
	return m.returns && p == nil && s == nil
}
