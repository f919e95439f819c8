package sim

import (
	"encoding/binary"
	"hash/crc32"
)

// Mutations that bring back old rules of a recovering primary.

// gaps returns MemberOptions.Gaps.
func (m Mutation) gaps(n *node) func() int64 {
	if m == StopsCount {
		return nil
	}
	return n.ran.Gaps
}

// giveUp makes a primary that loses a connection after RecoverTimeout stop waiting.
func (m Mutation) giveUp(n *node) {
	if m == NoRenewal && n.primary != nil && n.now() > n.w.params.timing.RecoverTimeout {
		n.w.after(0, func() {
			if n.alive {
				n.primary.GiveUp(n.now()) //nolint:errcheck // it need not be waiting
			}
		})
	}
}

// Kinds of frames, as documented in package replica's frame.go.
const (
	kindBeat = 5
	kindAck  = 7
)

// answer returns out, a secondary's output, without the ids of the members in step.
func (m Mutation) answer(out []byte) []byte {
	if m != NoPeers {
		return out
	}
	return eachFrame(out, func(kind byte, payload []byte) []byte {
		if kind == kindAck {
			return payload[:1]
		}
		return payload
	})
}

// frames returns b, a primary's output on c, with the date that its history had when c was new.
func (m Mutation) frames(c *conn, b []byte) []byte {
	if m != DateUntold {
		return b
	}
	return eachFrame(b, func(kind byte, payload []byte) []byte {
		if kind == kindBeat && len(payload) >= 16 {
			if c.date == 0 {
				c.date = binary.LittleEndian.Uint64(payload[8:])
			}
			payload = append([]byte(nil), payload...)
			binary.LittleEndian.PutUint64(payload[8:], c.date)
		}
		return payload
	})
}

// eachFrame replaces the payload of each frame of b with the result of change. Bytes that are no frame stay.
func eachFrame(b []byte, change func(kind byte, payload []byte) []byte) (changed []byte) {
	const head = 20
	for len(b) >= head && b[0] == 'C' && b[1] == 'G' {
		n := head + int(binary.LittleEndian.Uint32(b[4:]))
		at := len(changed)
		changed = append(append(changed, b[:head]...), change(b[3], b[head:n])...)
		f := changed[at:]
		binary.LittleEndian.PutUint32(f[4:], uint32(len(f)-head))
		table := crc32.MakeTable(crc32.Castagnoli)
		binary.LittleEndian.PutUint32(f[16:], crc32.Update(crc32.Checksum(f[:16], table), table, f[head:]))
		b = b[n:]
	}
	return append(changed, b...)
}
