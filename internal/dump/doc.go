// Package dump writes and reads files of cache entries: keys, values and expiries. DUMP of the command line and snapshots
// of a node have this format.
//
// A file is a header, blocks, and an end. All integers are little-endian.
//
//	header  8 bytes  "CGDUMP\r\n"
//	        uint16   version, 1
//	        uint16   0
//	        uint64   when it was written, ms since 1970
//	        uint32   checksum of the 20 bytes before
//	block   uint32   length of its records, 1 to 2,097,152 bytes
//	        uint32   checksum
//	        records
//	record  uvarint  length of the key, 1 to 65,536
//	        uvarint  length of the value; key and value are 65,536 bytes at most
//	        uvarint  when it expires, ms since 1970; 0: never
//	        key, value
//	end     uint32   0
//	        uint64   number of records in the file
//	        uint32   checksum of these 8 bytes
//
// A checksum is CRC-32C and continues the checksum before it, so that a missing,
// repeated or moved block is detected as well as a damaged one. A record lies within one
// block. Nothing follows the end. A key may have several records; the last one counts.
package dump

import (
	"fmt"
	"hash/crc32"
	"time"
)

// Limits of a file's parts, in bytes.
const (
	MaxItem  = 65536   // key and value of a record together
	maxBlock = 2 << 20 // records of a block
	fullAt   = 256 << 10
)

const (
	magic      = "CGDUMP\r\n"
	version    = 1
	headerSize = 24
	frameSize  = 8  // header of a block
	endSize    = 16 // the end, its zero length included
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Record is one entry of the cache.
type Record struct {
	Key, Value []byte
	ExpireAt   int64 // ms since 1970; 0: never
}

// Entry is a Record in the form that the command line uses.
type Entry struct {
	Key    string
	Value  []byte
	Expire time.Time // expiry, to the millisecond; the zero time: never
}

// Error says what is wrong with a file. Entries read before it can be trusted.
type Error struct {
	Offset int64 // length of the sound part of the file, in bytes
	Cut    bool  // the file ends too early
	What   string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s; sound are the first %d bytes", e.What, e.Offset)
}
