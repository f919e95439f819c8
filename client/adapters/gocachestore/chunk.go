package gocachestore

import (
	"encoding/binary"
	"slices"

	"github.com/cachegopher/cachegopher/client"
)

// chunk is one part of a tag's list of keys. It is encoded as a version byte, the turn, two bytes for the
// children, and each key preceded by its length, so that keys may hold any bytes.
type chunk struct {
	turn     byte   // changes when a chunk is created below this one
	children uint16 // bit i: chunk i below this one exists
	keys     []string
}

const (
	chunkVersion = 1
	chunkHeader  = 4

	// chunkBytes is the size of a full chunk, whose further keys go to its children. Every Set with a tag
	// reads and writes a chunk, so chunks are small.
	chunkBytes = 8 << 10
	// maxTagged is the longest key that can have a tag: a chunk with that key must fit into an item.
	maxTagged = client.MaxItemBytes - 512
)

func decodeChunk(raw []byte) (c chunk) {
	if len(raw) < chunkHeader || raw[0] != chunkVersion {
		return c // not a chunk of this store: it will be overwritten
	}
	c.turn, c.children = raw[1], binary.BigEndian.Uint16(raw[2:])
	for rest := raw[chunkHeader:]; len(rest) > 0; {
		n, used := binary.Uvarint(rest)
		if used <= 0 || n > uint64(len(rest)-used) {
			return c
		}
		c.keys = append(c.keys, string(rest[used:used+int(n)]))
		rest = rest[used+int(n):]
	}
	return c
}

func (c chunk) encode() []byte {
	b := binary.BigEndian.AppendUint16([]byte{chunkVersion, c.turn}, c.children)
	for _, k := range c.keys {
		b = append(binary.AppendUvarint(b, uint64(len(k))), k...)
	}
	return b
}

func (c chunk) has(key string) bool { return slices.Contains(c.keys, key) }

func (c chunk) hasChild(digit int) bool { return c.children>>digit&1 == 1 }

// fits reports whether the key may be added. An empty chunk takes a key of any length.
func (c chunk) fits(key string) bool {
	size := chunkHeader
	for _, k := range c.keys {
		size += len(k) + 2
	}
	return len(c.keys) == 0 || size+len(key)+2 <= chunkBytes
}

// The following return a changed copy.

func (c chunk) with(key string) chunk {
	c.keys = append(slices.Clone(c.keys), key)
	return c
}

func (c chunk) without(gone map[string]bool) chunk {
	c.keys = slices.DeleteFunc(slices.Clone(c.keys), func(k string) bool { return gone[k] })
	return c
}

func (c chunk) withChild(digit int) chunk {
	c.children |= 1 << digit
	return c
}

func (c chunk) turned() chunk {
	c.turn++
	return c
}
