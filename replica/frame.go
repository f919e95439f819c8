package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Version is the version of the stream. Both ends must speak the same.
const Version = 1

// frameKind is the type of a frame.
type frameKind uint8

// Frames that a primary sends, then those that a secondary sends. A frame's offset is the
// log's offset after the frame, unless stated otherwise.
const (
	frameBegin frameKind = 1 + iota // begins a partial or a full sync: see begin
	frameLog                        // records of the log; offset: before the first one
	framePiece                      // records from a walk of the store
	frameEnd                        // the walk is over
	frameBeat                       // heartbeat; offset: the end of the log; payload: the lag in ns, the roster, the time of day
	frameFetch                      // asks the secondary for all its data

	frameAck   // offset: applied up to; payload: 1 byte of ackInStep and ackInUse, then ids if they were asked for
	frameReady // ready for a full sync

	frameLeads   // of a primary: see leads; offset: when it was sent
	frameFollows // of a secondary: its epoch and its history's lineage; offset: that of the frameLeads that it answers
)

// Bits of an ack's payload. A secondary sets ackInUse only while it is not in step, so that primaries of releases that do
// not know the bit still read the byte correctly.
const (
	ackInStep = 1 << iota // the secondary holds exactly the history
	ackInUse              // clients use the secondary: a full sync should slow down
)

// A frame is, little endian:
//
//	magic 2, version 1, kind 1, payload's length 4, offset 8, CRC-32C of everything but itself 4, payload
const (
	frameHead  = 20
	frameMagic = 'C' | 'G'<<8
	// framePayload is about the number of bytes of records in a frame.
	framePayload = 64 << 10
	// maxPayload bounds a frame's payload.
	maxPayload = framePayload + maxRecord
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errFrame = errors.New("broken frame")

type frame struct {
	kind    frameKind
	offset  uint64
	payload []byte // aliases the input
}

// openFrame appends room for a frame's head; closeFrame fills it in after the
// payload has been appended. at is the frame's index in dst.
func openFrame(dst []byte) (b []byte, at int) {
	var head [frameHead]byte
	return append(dst, head[:]...), len(dst)
}

func closeFrame(b []byte, at int, kind frameKind, offset uint64) []byte {
	f := b[at:]
	binary.LittleEndian.PutUint16(f, frameMagic)
	f[2], f[3] = Version, byte(kind)
	binary.LittleEndian.PutUint32(f[4:], uint32(len(f)-frameHead))
	binary.LittleEndian.PutUint64(f[8:], offset)
	binary.LittleEndian.PutUint32(f[16:], frameSum(f))
	return b
}

// appendFrame appends a frame with a short payload.
func appendFrame(dst []byte, kind frameKind, offset uint64, payload ...byte) []byte {
	b, at := openFrame(dst)
	return closeFrame(append(b, payload...), at, kind, offset)
}

func frameSum(f []byte) uint32 {
	return crc32.Update(crc32.Checksum(f[:16], castagnoli), castagnoli, f[frameHead:])
}

// parseFrame decodes the frame at the front of in. n is its length. If it is incomplete
// n is 0, and at least need more bytes must arrive.
func parseFrame(in []byte) (f frame, n, need int, err error) {
	if len(in) < frameHead {
		return f, 0, frameHead - len(in), nil
	}
	size := binary.LittleEndian.Uint32(in[4:])
	switch {
	case binary.LittleEndian.Uint16(in) != frameMagic:
		return f, 0, 0, fmt.Errorf("%w: it begins with % x", errFrame, in[:2])
	case in[2] != Version:
		return f, 0, 0, fmt.Errorf("%w: version %d, this node speaks %d", errFrame, in[2], Version)
	case size > maxPayload:
		return f, 0, 0, fmt.Errorf("%w: %d bytes, the most is %d", errFrame, size, maxPayload)
	}
	n = frameHead + int(size)
	if len(in) < n {
		return f, 0, n - len(in), nil
	}
	f = frame{frameKind(in[3]), binary.LittleEndian.Uint64(in[8:]), in[frameHead:n:n]}
	if frameSum(in[:n]) != binary.LittleEndian.Uint32(in[16:]) {
		return f, 0, 0, fmt.Errorf("%w: wrong checksum", errFrame)
	}
	return f, n, 0, nil
}

// begin is the payload of frameBegin.
type begin struct {
	full    bool
	history History
	end     uint64 // offset at the end of the primary's log
	entries uint64 // about how many the primary has
	bytes   uint64 // of their records
}

const beginSize = 1 + historySize + 24

func (b begin) append(dst []byte) []byte {
	full := byte(0)
	if b.full {
		full = 1
	}
	dst = append(dst, full)
	dst = b.history.append(dst)
	dst = binary.LittleEndian.AppendUint64(dst, b.end)
	dst = binary.LittleEndian.AppendUint64(dst, b.entries)
	return binary.LittleEndian.AppendUint64(dst, b.bytes)
}

func parseBegin(p []byte) (b begin, err error) {
	if len(p) != beginSize {
		return b, fmt.Errorf("%w: begin of %d bytes", errFrame, len(p))
	}
	b.full = p[0] == 1
	b.history = parseHistory(p[1:])
	p = p[1+historySize:]
	b.end, b.entries, b.bytes = binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:]), binary.LittleEndian.Uint64(p[16:])
	return b, nil
}
