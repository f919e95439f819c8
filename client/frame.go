package client

import (
	"bytes"
	"errors"
	"fmt"
	"math"
)

// maxReply is the most bytes that one reply may have, all parts together. A server that
// announces more is not a CacheGopher node.
const maxReply = 512 << 20

// maxParts bounds the number of parts in one reply.
const maxParts = 1 << 26

var errProtocol = errors.New("reply is not valid RESP")

// scanState records how far an incomplete reply has been scanned, so that the bytes of a
// long reply that arrives in many pieces are scanned only once.
type scanState struct {
	pos  int // length of the complete parts
	left int // number of missing parts
}

// scan returns the length of the reply at the front of b, or 0 if it is incomplete.
func (s *scanState) scan(b []byte) (int, error) {
	if s.pos == 0 {
		s.left = 1
	}
	for s.left > 0 {
		n, parts, err := scanPart(b[s.pos:])
		if err != nil || n == 0 {
			return 0, err
		}
		s.pos += n
		s.left += parts - 1
		if s.pos > maxReply || s.left > maxParts {
			return 0, fmt.Errorf("%w: larger than any reply may be", errProtocol)
		}
	}
	n := s.pos
	*s = scanState{}
	return n, nil
}

// scanPart returns the length of one part of a reply and the number of parts that it
// contains; the length is 0 if the part is incomplete.
func scanPart(b []byte) (n, parts int, err error) {
	if len(b) < 3 {
		return 0, 0, nil
	}
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		if len(b) > 1<<20 {
			return 0, 0, fmt.Errorf("%w: a line without end", errProtocol)
		}
		return 0, 0, nil
	}
	if end < 2 || b[end-1] != '\r' {
		return 0, 0, fmt.Errorf("%w: %.40q", errProtocol, b[:end+1])
	}
	line := b[1 : end-1]
	switch b[0] {
	case '+', '-', ':', '_', '#', ',', '(':
		return end + 1, 0, nil
	case '$', '!', '=':
		l, ok := parseInt(line)
		if !ok || l < -1 || l > maxReply {
			break
		}
		if l == -1 {
			return end + 1, 0, nil
		}
		n = end + 1 + int(l) + 2
		if n > len(b) {
			return 0, 0, nil
		}
		if b[n-2] != '\r' || b[n-1] != '\n' {
			break
		}
		return n, 0, nil
	case '*', '~', '>', '%', '|':
		l, ok := parseInt(line)
		if !ok || l < -1 || l > maxParts {
			break
		}
		parts = max(int(l), 0)
		if b[0] == '%' || b[0] == '|' {
			parts *= 2
		}
		if b[0] == '|' {
			parts++ // attributes precede the reply that they belong to
		}
		return end + 1, parts, nil
	}
	return 0, 0, fmt.Errorf("%w: %.40q", errProtocol, b[:min(end+1, len(b))])
}

// parseInt reads a decimal of at most 19 digits.
func parseInt(b []byte) (int64, bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	if neg {
		if n > math.MaxInt64+1 {
			return 0, false
		}
		return -int64(n), true
	}
	return int64(n), n <= math.MaxInt64
}

func skipAttributes(b []byte) (int, error) {
	end := bytes.IndexByte(b, '\n')
	pairs, _ := parseInt(b[1 : end-1])
	at := end + 1
	for range 2 * pairs {
		var s scanState
		n, err := s.scan(b[at:])
		if err != nil || n == 0 {
			return 0, errProtocol
		}
		at += n
	}
	return at, nil
}
