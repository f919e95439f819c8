package replica

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// History names what one run of a primary made of the store.
type History struct {
	// Epoch orders histories: a later one has a greater Epoch, as far as the primary
	// knew of the earlier ones or its clock was right.
	Epoch uint64
	ID    [20]byte
}

const historySize = 28

// IDText is the ID as 40 hexadecimal digits.
func (h History) IDText() string { return hex.EncodeToString(h.ID[:]) }

func (h History) append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, h.Epoch)
	return append(dst, h.ID[:]...)
}

// parseHistory REQUIRES historySize bytes.
func parseHistory(p []byte) (h History) {
	h.Epoch = binary.LittleEndian.Uint64(p)
	copy(h.ID[:], p[8:historySize])
	return h
}

// later is an epoch after e, unless e is the last that there is.
func later(e uint64) uint64 { return max(e, e+1) }

// Position is what a secondary holds.
type Position struct {
	History
	Offset uint64
	// Complete says that the store is exactly History's at Offset; otherwise a full
	// sync was cut off, or nothing was ever received.
	Complete bool
	Entries  int64
}

// better reports whether a primary that lost its memory should rather take from a
// secondary at p than from one at q.
func (p Position) better(q Position) bool {
	switch {
	case p.Complete != q.Complete:
		return p.Complete
	case p.Epoch != q.Epoch && p.ID != q.ID:
		return p.Epoch > q.Epoch
	case p.Offset != q.Offset:
		return p.Offset > q.Offset
	}
	return p.Entries > q.Entries
}

const positionWord = "+POSITION"

// line is the answer to REPLICA STREAM.
func (p Position) line() string {
	complete := 0
	if p.Complete {
		complete = 1
	}
	return fmt.Sprintf("%s %d %d %s %d %d %d\r\n", positionWord, Version, p.Epoch, p.IDText(), p.Offset, complete, p.Entries)
}

// parsePosition reads such an answer, without the line's end.
func parsePosition(line string) (p Position, err error) {
	f := strings.Fields(line)
	bad := fmt.Errorf("unexpected answer %.100q", line)
	if len(f) != 7 || f[0] != positionWord {
		return p, bad
	}
	if f[1] != strconv.Itoa(Version) {
		return p, fmt.Errorf("the secondary speaks version %s, this node %d", f[1], Version)
	}
	id, err := hex.DecodeString(f[3])
	if err != nil || len(id) != len(p.ID) {
		return p, bad
	}
	copy(p.ID[:], id)
	p.Complete = f[5] == "1"
	var errs [3]error
	p.Epoch, errs[0] = strconv.ParseUint(f[2], 10, 64)
	p.Offset, errs[1] = strconv.ParseUint(f[4], 10, 64)
	p.Entries, errs[2] = strconv.ParseInt(f[6], 10, 64)
	for _, e := range errs {
		if e != nil {
			return p, bad
		}
	}
	return p, nil
}
