package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Version is the version of the stream. Both ends must speak the same.
const Version = 1

// frameKind says what a frame holds.
type frameKind uint8

// Frames that a primary sends, then those of a secondary. The offset is that of
// the log after the frame, unless it says otherwise.
const (
	frameBegin frameKind = 1 + iota // what follows is a partial or a full sync: see begin
	frameLog                        // records of the log; offset: before the first one
	framePiece                      // records of a walk of the store
	frameEnd                        // the walk is over
	frameBeat                       // the peer is alive; offset: the end of the log; payload: the lag in ns
	frameFetch                      // asks the secondary for everything it has

	frameAck   // offset: applied up to; payload: 1 byte of ackInStep and ackInUse
	frameReady // ready for a full sync
)

// What the payload of an ack says. A secondary sets ackInUse only while it is not in step, when primaries that do not
// know it look at nothing else either.
const (
	ackInStep = 1 << iota // it holds exactly the history
	ackInUse              // clients use the secondary: a full sync should hold back
)

// A frame is, little endian:
//
//	magic 2, version 1, kind 1, payload's length 4, offset 8, CRC-32C of all of it but itself 4, payload
const (
	frameHead  = 20
	frameMagic = 'C' | 'G'<<8
	// framePayload is about how many bytes of records a frame holds.
	framePayload = 64 << 10
	// maxPayload bounds a frame.
	maxPayload = framePayload + maxRecord
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errFrame = errors.New("broken frame")

type frame struct {
	kind    frameKind
	offset  uint64
	payload []byte // aliases the input
}

// openFrame appends room for the head of a frame; closeFrame fills it in when the
// payload has been appended. at is where the frame begins in dst.
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

// parseFrame decodes the frame at the front of in. n is its length, 0 when it is
// not complete; need is then how many bytes are missing at least.
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
	end     uint64 // of the primary's log
	entries uint64 // that the primary has about
	bytes   uint64 // of their keys and values
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
