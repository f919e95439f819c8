package trace

import (
	"bufio"
	"bytes"
	"strconv"
)

// keys reads a key a line.
type keys struct {
	r *Reader
	l *lines
}

func openKeys(r *Reader, in *bufio.Reader) (source, error) { return &keys{r, newLines(in)}, nil }

func (s *keys) next(q *Request) error {
	for {
		line, err := s.l.next()
		if err != nil {
			return err
		}
		if len(line) == 1 && line[0] == '*' {
			s.r.changed("marks (*) left out") // some LIRS traces have them between their parts
			continue
		}
		*q = Request{Key: line, Size: -1}
		return nil
	}
}

// times reads lines of time, key and size.
type times struct {
	l      *lines
	clock  clock
	fields [][]byte
}

func openTimes(_ *Reader, in *bufio.Reader) (source, error) { return &times{l: newLines(in)}, nil }

func (s *times) next(q *Request) error {
	line, err := s.l.next()
	if err != nil {
		return err
	}
	s.fields = words(s.fields[:0], line)
	if len(s.fields) < 3 {
		return s.l.wrong("%d fields; there are time, key and size", len(s.fields))
	}
	at, ok := s.clock.parse(s.fields[0])
	if !ok {
		return s.l.wrong("time %.40q is not a number", s.fields[0])
	}
	size, ok := number(s.fields[2])
	if !ok || size > 1<<50 {
		return s.l.wrong("size %.40q is not a number of bytes", s.fields[2])
	}
	*q = Request{Time: at, Key: s.fields[1], Size: int64(size)}
	return nil
}

// arc reads lines of a first block, a number of blocks, and two fields without meaning here.
type arc struct {
	l      *lines
	block  uint64
	left   uint64
	key    []byte
	fields [][]byte
}

// mostBlocks is the most that one line may ask for.
const mostBlocks = 1 << 24

func openARC(_ *Reader, in *bufio.Reader) (source, error) { return &arc{l: newLines(in)}, nil }

func (s *arc) next(q *Request) error {
	for s.left == 0 {
		line, err := s.l.next()
		if err != nil {
			return err
		}
		var ok, ok2 bool
		if s.fields = words(s.fields[:0], line); len(s.fields) >= 2 {
			s.block, ok = number(s.fields[0])
			s.left, ok2 = number(s.fields[1])
		}
		if !ok || !ok2 || s.left > mostBlocks {
			return s.l.wrong("%.60q is not a first block and a number of blocks", line)
		}
	}
	s.key = strconv.AppendUint(s.key[:0], s.block, 10)
	*q = Request{Key: s.key, Size: -1}
	s.block++
	s.left--
	return nil
}

// words appends the words of a line.
func words(dst [][]byte, line []byte) [][]byte {
	for {
		line = bytes.TrimLeft(line, " \t")
		if len(line) == 0 {
			return dst
		}
		end := bytes.IndexAny(line, " \t")
		if end < 0 {
			return append(dst, line)
		}
		dst, line = append(dst, line[:end]), line[end:]
	}
}
