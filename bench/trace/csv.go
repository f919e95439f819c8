package trace

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

// columns maps what headers call a column to what it is.
var columns = map[string]string{
	"key": "key", "id": "key", "objid": "key", "objectid": "key", "anonymizedkey": "key",
	"size": "size", "valuesize": "size", "valsize": "size", "objsize": "size", "objectsize": "size", "bytes": "size",
	"op": "op", "operation": "op", "command": "op", "cmd": "op", "type": "op",
	"ttl": "ttl", "expiry": "ttl", "expire": "ttl",
	"time": "time", "timestamp": "time", "optime": "time", "ts": "time",
	"opcount": "count", "count": "count",
}

// twitter is the header that Twitter's traces lack.
const twitter = "timestamp,key,key size,value size,client id,operation,TTL"

// table reads lines of columns that a separator divides. A key may hold the separator.
type table struct {
	r       *Reader
	l       *lines
	header  string
	sep     byte
	columns int

	key, size, op, ttl, time, count int // places, negative if there is no such column

	clock  clock
	fields [][]byte
	again  uint64 // how often the last request is still to be repeated
	last   Request
}

func openTwitter(r *Reader, in *bufio.Reader) (source, error) {
	s := &table{r: r, l: newLines(in)}
	return s, s.head(twitter)
}

func openCSV(r *Reader, in *bufio.Reader) (source, error) {
	s := &table{r: r, l: newLines(in)}
	line, err := s.l.next()
	if err != nil {
		return nil, err
	}
	if err := s.head(strings.TrimPrefix(string(line), "\ufeff")); err != nil {
		return nil, s.l.wrong("%w", err)
	}
	return s, nil
}

// separator returns the character that divides a header's columns.
func separator(header string) byte {
	if i := strings.IndexAny(header, ",;\t"); i >= 0 {
		return header[i]
	}
	return ','
}

// placesOf finds the columns of a header; it returns nil if it names no key.
func placesOf(header string, sep byte) (place map[string]int, n int) {
	place = map[string]int{}
	for name := range strings.SplitSeq(header, string(sep)) {
		what, ok := columns[plainWord([]byte(strings.Trim(strings.TrimSpace(name), `"`)))]
		if _, twice := place[what]; ok && !twice {
			place[what] = n
		}
		n++
	}
	if _, ok := place["key"]; !ok {
		return nil, n
	}
	return place, n
}

func (s *table) head(header string) error {
	s.header, s.sep = header, separator(header)
	place, n := placesOf(header, s.sep)
	if place == nil {
		return fmt.Errorf("the header %.100q names no column \"key\"", header)
	}
	s.columns = n
	at := func(what string) int {
		if i, ok := place[what]; ok {
			return i
		}
		return -1
	}
	s.key, s.size, s.op, s.ttl, s.time, s.count = at("key"), at("size"), at("op"), at("ttl"), at("time"), at("count")
	s.r.format.Ops, s.r.format.Times = s.op >= 0, s.time >= 0
	return nil
}

func (s *table) next(q *Request) error {
	if s.again > 0 {
		s.again--
		*q = s.last
		return nil
	}
	line, err := s.l.next()
	if err != nil {
		return err
	}
	if err := s.split(line); err != nil {
		return s.l.wrong("%w", err)
	}
	if err := s.row(q); err != nil {
		return s.l.wrong("%w", err)
	}
	s.last = *q
	return nil
}

// split divides a line into as many fields as there are columns.
func (s *table) split(line []byte) error {
	s.fields = s.fields[:0]
	if bytes.IndexByte(line, '"') >= 0 {
		if err := s.unquote(line); err != nil {
			return err
		}
	} else {
		for rest, more := line, true; more; {
			var field []byte
			field, rest, more = bytes.Cut(rest, []byte{s.sep})
			s.fields = append(s.fields, field)
		}
	}
	if extra := len(s.fields) - s.columns; extra > 0 { // they are the key's
		key := bytes.Join(s.fields[s.key:s.key+extra+1], []byte{s.sep})
		s.fields = slices.Replace(s.fields, s.key, s.key+extra+1, key)
	}
	if missing := s.columns - len(s.fields); missing == 1 && s.ttl == s.columns-1 {
		s.fields = append(s.fields, nil)
	} else if missing > 0 {
		return fmt.Errorf("%d fields; there are %s", len(s.fields), s.header)
	}
	return nil
}

func (s *table) unquote(line []byte) error {
	in := csv.NewReader(bytes.NewReader(line))
	in.Comma, in.FieldsPerRecord, in.LazyQuotes = rune(s.sep), -1, true
	row, err := in.Read()
	for _, f := range row {
		s.fields = append(s.fields, []byte(f))
	}
	return err
}
