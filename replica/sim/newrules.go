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

// epochs breaks rules of what a primary sends on c: b is its output.
func (m Mutation) epochs(c *conn, b []byte) []byte {
	switch m {
	case NoLineage: // nothing is said of the lead
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

// acks breaks rules of what a secondary answers on c: out is its output.
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

// greeting breaks rules of the words of REPLICA STREAM that reach n.
func (m Mutation) greeting(n *node, words []string) []string {
	if m != Deaf || len(words) < 5 {
		return words
	}
	epoch, _ := n.member.Leadership()
	return append(words[:4:4], itoa(epoch))
}

const frameHead = 20

// eachRaw makes change return what stands for each frame of b. What is no frame stays.
func eachRaw(b []byte, change func(f []byte) []byte) (changed []byte) {
	for len(b) >= frameHead && b[0] == 'C' && b[1] == 'G' {
		n := frameHead + int(binary.LittleEndian.Uint32(b[4:]))
		changed = append(changed, change(b[:n:n])...)
		b = b[n:]
	}
	return append(changed, b...)
}
