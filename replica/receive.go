package replica

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// Received takes bytes from the secondary. It does not keep data.
func (l *Link) Received(now time.Duration, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state < linkGreeting || l.state == linkRetired || l.broken != nil {
		return
	}
	l.heard = now
	in := data
	if len(l.in) > 0 {
		l.in = append(l.in, data...)
		in = l.in
	}
	used, err := l.take(now, in)
	if err != nil {
		l.broken = err
		l.wake()
		return
	}
	l.in = append(l.in[:0], in[used:]...)
}

// take decodes the complete line and frames at the front of in.
func (l *Link) take(now time.Duration, in []byte) (used int, err error) {
	if l.state == linkGreeting {
		if used, err = l.takeLine(in); used == 0 || err != nil {
			return used, err
		}
	}
	for {
		f, n, _, err := parseFrame(in[used:])
		if n == 0 || err != nil {
			return used, err
		}
		used += n
		if err := l.frame(now, f); err != nil {
			return used, err
		}
	}
}

// takeLine decodes the answer to the greeting.
func (l *Link) takeLine(in []byte) (used int, err error) {
	end := bytes.IndexByte(in, '\n')
	if end < 0 {
		if len(in) > 4096 {
			return 0, fmt.Errorf("unexpected answer %.100q", in)
		}
		return 0, nil
	}
	line := strings.TrimRight(string(in[:end]), "\r")
	if now, stale := parseStale(line); stale {
		l.p.opts.stale(now)
		return 0, &staleError{now}
	}
	if strings.HasPrefix(line, "-"+changingWord+" ") {
		return 0, errRoleChanges
	}
	if text, refused := strings.CutPrefix(line, "-"); refused {
		return 0, &refusedError{text}
	}
	if l.holds, err = parsePosition(line); err != nil {
		return 0, err
	}
	l.state = linkAsked
	l.p.heard(l.holds)
	l.wake()
	return end + 1, nil
}

func (l *Link) frame(now time.Duration, f frame) error {
	switch {
	case f.kind == frameAck && f.offset > l.pos:
		// A WAIT that counts this secondary would succeed without the data.
		return fmt.Errorf("%w: it acknowledges offset %d, what was sent ends at %d", errAnswer, f.offset, l.pos)
	case f.kind == frameAck && l.state == linkAsked && l.inquired:
		l.p.answered(l, l.holds, peersOf(f))
	case f.kind == frameFollows:
		return l.follows(now, f)
	case f.kind == frameAck:
		l.ack(now, f)
	case f.kind == frameReady && l.sync == syncAnnounced:
		l.sync = syncWalking
		l.wake()
	case f.kind == framePiece && l.state == linkFetching:
		if err := l.p.opts.Store.Apply(f.payload, nil); err != nil {
			return err
		}
		l.p.fetchedPiece(now, countRecords(f.payload), len(f.payload))
	case f.kind == frameEnd && l.state == linkFetching:
		l.state = linkAsked
		l.p.fetched(now, l)
	default:
		return fmt.Errorf("%w of kind %d", errAnswer, f.kind)
	}
	return nil
}

// ack takes an acknowledgement: the offset up to which the secondary has applied the log.
func (l *Link) ack(now time.Duration, f frame) {
	l.acked.Store(f.offset)
	inStep := l.state == linkSending && l.sync == syncNone && len(f.payload) == 1 && f.payload[0]&ackInStep != 0
	if len(f.payload) == 1 && f.payload[0]&ackInUse != 0 {
		l.usedUntil = now + usedFor
	}
	l.setInStep(inStep)
	l.ackedAt = now
	l.settleLag(now, f.offset)
	if inStep {
		l.everLive, l.lastWhy = true, ""
		l.p.acks()
	}
}

// peersOf returns the ids in an ack; they follow the byte of ackInStep and ackInUse.
func peersOf(f frame) []string {
	ids, _ := parseIDs(f.payload[min(1, len(f.payload)):])
	return ids
}

func countRecords(b []byte) (n int) {
	for ; len(b) > 0; n++ {
		size := recordLen(b)
		if size == 0 || size > len(b) {
			return n
		}
		b = b[size:]
	}
	return n
}
