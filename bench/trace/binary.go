package trace

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// records reads binary records of one size.
type records struct {
	in   *bufio.Reader
	size int
	n    int64 // read so far
	key  []byte
}

// next returns the next record; io.EOF at the end.
func (s *records) next() ([]byte, error) {
	b, err := s.in.Peek(s.size)
	at := s.n * int64(s.size)
	switch {
	case err == nil:
		s.n++
		_, err = s.in.Discard(s.size) // it is in the buffer, where b stays until the next Peek
		return b, err
	case errors.Is(err, io.EOF) && len(b) == 0:
		return nil, io.EOF
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("offset %d: %d bytes are no whole record of %d", at, len(b), s.size)
	}
	return nil, fmt.Errorf("offset %d: %w", at, err)
}

func (s *records) number(n uint64) []byte {
	s.key = strconv.AppendUint(s.key[:0], n, 10)
	return s.key
}

const oracleSize = 24

// oracle reads libCacheSim's oracleGeneral.
type oracle struct {
	records
	clock clock
}

func openOracle(_ *Reader, in *bufio.Reader) (source, error) {
	return &oracle{records: records{in: in, size: oracleSize}}, nil
}

func (s *oracle) next(q *Request) error {
	b, err := s.records.next()
	if err != nil {
		return err
	}
	at, _ := s.clock.at(uint64(binary.LittleEndian.Uint32(b)), 0) // 32 bits of seconds fit
	*q = Request{Time: at, Key: s.number(binary.LittleEndian.Uint64(b[4:])), Size: int64(binary.LittleEndian.Uint32(b[12:]))}
	return nil
}

// integers reads keys of 32 bits.
type integers struct{ records }

func openInt32(_ *Reader, in *bufio.Reader) (source, error) {
	return &integers{records{in: in, size: 4}}, nil
}

func (s *integers) next(q *Request) error {
	b, err := s.records.next()
	if err != nil {
		return err
	}
	*q = Request{Key: s.number(uint64(binary.BigEndian.Uint32(b))), Size: -1}
	return nil
}
