package trace

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"time"
)

// mostLine is the longest line that is read: MONITOR shows values in full, with four characters a byte.
const mostLine = 8 << 20

// lines reads text line by line.
type lines struct {
	in *bufio.Scanner
	n  int // of the current line, from 1
}

func newLines(in io.Reader) *lines {
	s := bufio.NewScanner(in)
	s.Buffer(make([]byte, 0, 64<<10), mostLine)
	return &lines{in: s}
}

// next returns the next line that is neither empty nor a comment, without the spaces around it; io.EOF at the end. The
// line is valid until the next call.
func (l *lines) next() ([]byte, error) {
	for l.in.Scan() {
		l.n++
		if line := bytes.TrimSpace(l.in.Bytes()); len(line) > 0 && line[0] != '#' {
			return line, nil
		}
	}
	if err := l.in.Err(); err != nil {
		return nil, fmt.Errorf("after line %d: %w", l.n, err)
	}
	return nil, io.EOF
}

// wrong is an error of the current line.
func (l *lines) wrong(format string, args ...any) error {
	return fmt.Errorf("line %d: %w", l.n, fmt.Errorf(format, args...))
}

// number parses a decimal number without a sign.
func number(text []byte) (n uint64, ok bool) {
	if len(text) == 0 || len(text) > 20 {
		return 0, false
	}
	for _, c := range text {
		d := uint64(c - '0')
		if d > 9 || n > (math.MaxUint64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// fraction parses a decimal number that may have a fraction, of which it returns billionths.
func fraction(text []byte) (whole uint64, billionths int64, ok bool) {
	text, rest, _ := bytes.Cut(text, []byte{'.'})
	if whole, ok = number(text); !ok {
		return 0, 0, false
	}
	unit := int64(1e8)
	for _, c := range rest {
		if c < '0' || c > '9' {
			return 0, 0, false
		}
		billionths += int64(c-'0') * unit
		unit /= 10
	}
	return whole, billionths, true
}

// seconds parses a number of seconds that may have a fraction; more than a century is a century.
func seconds(text []byte) (time.Duration, bool) {
	whole, billionths, ok := fraction(text)
	const century = 100 * 365 * 24 * 3600
	return time.Duration(min(whole, century))*time.Second + time.Duration(billionths), ok
}

// clock turns timestamps into times since the first.
type clock struct {
	began bool
	first uint64
	part  int64 // billionths after first
	unit  time.Duration
}

// unitOf guesses what timestamps count: seconds, unless those would be thousands of years after 1970.
func unitOf(first uint64) time.Duration {
	switch {
	case first < 1e11:
		return time.Second
	case first < 1e14:
		return time.Millisecond
	case first < 1e17:
		return time.Microsecond
	}
	return time.Nanosecond
}

func (c *clock) at(whole uint64, billionths int64) (time.Duration, bool) {
	if !c.began {
		c.began, c.first, c.part, c.unit = true, whole, billionths, unitOf(whole)
	}
	after := int64(whole - c.first) // negative if it is before
	if most := math.MaxInt64 / 2 / int64(c.unit); after > most || after < -most {
		return 0, false
	}
	return time.Duration(after)*c.unit + time.Duration(billionths-c.part)*c.unit/time.Second, true
}

// parse reads a timestamp.
func (c *clock) parse(text []byte) (time.Duration, bool) {
	whole, billionths, ok := fraction(text)
	if !ok {
		return 0, false
	}
	return c.at(whole, billionths)
}
