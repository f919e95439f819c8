package sim

import (
	"encoding/binary"
	"hash/crc32"
	"time"
)

// Mutations of the rules of epochs.

const (
	kindLog   = 2
	kindLeads = 9
)

// elapsed returns MemberOptions.Elapsed.
func (m Mutation) elapsed(n *node) func() time.Duration {
	if m == FenceStops {
		return n.now
	}
	return func() time.Duration { return n.w.now }
}

// epochs returns b, a primary's output on c, as the mutation changes it.
func (m Mutation) epochs(c *conn, b []byte) []byte {
	switch m {
	case NoLineage: // epoch and lineage are not told
		return eachRaw(b, func(f []byte) []byte {
			if f[3] == kindLeads {
				return nil
			}
			return f
		})
	case StaleAck:
		eachRaw(b, func(f []byte) []byte {
			if f[3] == kindLog {
				c.sent = binary.LittleEndian.Uint64(f[8:]) + uint64(len(f)-frameHead)
			}
			return f
		})
	}
	return b
}

// acks returns out, a secondary's output on c, as the mutation changes it.
func (m Mutation) acks(c *conn, out []byte) []byte {
	if m != StaleAck {
		return out
	}
	return eachRaw(out, func(f []byte) []byte {
		if f[3] != kindAck || f[frameHead]&1 == 0 || binary.LittleEndian.Uint64(f[8:]) >= c.sent {
			return f
		}
		f = append([]byte(nil), f...)
		binary.LittleEndian.PutUint64(f[8:], c.sent)
		table := crc32.MakeTable(crc32.Castagnoli)
		binary.LittleEndian.PutUint32(f[16:], crc32.Update(crc32.Checksum(f[:16], table), table, f[frameHead:]))
		return f
	})
}

// greeting returns the arguments of a REPLICA STREAM to n, as the mutation changes them.
func (m Mutation) greeting(n *node, words []string) []string {
	if m != Deaf || len(words) < 5 {
		return words
	}
	epoch, _ := n.member.Leadership()
	return append(words[:4:4], itoa(epoch))
}

const frameHead = 20

// eachRaw replaces each frame of b with the result of change. Bytes that are no frame stay.
func eachRaw(b []byte, change func(f []byte) []byte) (changed []byte) {
	for len(b) >= frameHead && b[0] == 'C' && b[1] == 'G' {
		n := frameHead + int(binary.LittleEndian.Uint32(b[4:]))
		changed = append(changed, change(b[:n:n])...)
		b = b[n:]
	}
	return append(changed, b...)
}
