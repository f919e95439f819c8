package replica

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// History names the sequence of writes of one term of a primary.
type History struct {
	// Date orders histories: a later one has a greater Date, provided that its primary
	// knew the earlier ones or that its clock was right. One of a later epoch always has a greater Date: see dateOf.
	Date uint64
	ID   [20]byte
}

const historySize = 28

// IDText returns the ID as 40 hexadecimal digits.
func (h History) IDText() string { return hex.EncodeToString(h.ID[:]) }

func (h History) append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, h.Date)
	return append(dst, h.ID[:]...)
}

// parseHistory REQUIRES historySize bytes.
func parseHistory(p []byte) (h History) {
	h.Date = binary.LittleEndian.Uint64(p)
	copy(h.ID[:], p[8:historySize])
	return h
}

// dateOf returns the least date of a history of an epoch that begins at a time of day, in milliseconds since 1970. After the
// last epoch that has room in the date, of the group's term 17179, only the primaries' knowledge orders histories. The time of
// day has more room at epoch 0, where nothing else does; the first epoch of a term is far above that.
func dateOf(epoch uint64, wall int64) uint64 {
	const wallBits, unitBits = 30, 14 // in units of 16 s until the year 2527
	if epoch == 0 {
		return min(uint64(max(wall, 0)), 1<<(wallBits+unitBits)-1)
	}
	return min(epoch, 1<<(64-wallBits)-2)<<wallBits + min(uint64(max(wall, 0))>>unitBits, 1<<wallBits-1)
}

// later returns the date after e, or e if that is the greatest possible one.
func later(e uint64) uint64 { return max(e, e+1) }

// Position describes what a member holds.
type Position struct {
	History
	Offset uint64
	// Complete says that the store is exactly the History's state at Offset. If not, a full
	// sync was cut off or nothing was ever received.
	Complete bool
	Entries  int64
}

// better reports whether an empty primary should prefer the data of a secondary at
// p to that of one at q.
func (p Position) better(q Position) bool {
	switch {
	case p.Complete != q.Complete:
		return p.Complete
	case p.Date != q.Date && p.ID != q.ID:
		return p.Date > q.Date
	case p.Offset != q.Offset:
		return p.Offset > q.Offset
	}
	return p.Entries > q.Entries
}

// includes reports whether p is a state of q's history that has everything up to q.
func (p Position) includes(q Position) bool {
	return p.Complete && q.Complete && p.ID == q.ID && p.Offset >= q.Offset
}

const positionWord = "+POSITION"

// line returns the answer to REPLICA STREAM.
func (p Position) line() string {
	complete := 0
	if p.Complete {
		complete = 1
	}
	return fmt.Sprintf("%s %d %d %s %d %d %d\r\n", positionWord, Version, p.Date, p.IDText(), p.Offset, complete, p.Entries)
}

// parsePosition parses the answer to REPLICA STREAM, without its line end.
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
	p.Date, errs[0] = strconv.ParseUint(f[2], 10, 64)
	p.Offset, errs[1] = strconv.ParseUint(f[4], 10, 64)
	p.Entries, errs[2] = strconv.ParseInt(f[6], 10, 64)
	for _, e := range errs {
		if e != nil {
			return p, bad
		}
	}
	return p, nil
}
