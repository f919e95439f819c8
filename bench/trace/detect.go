package trace

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// detect returns the name of the format that a trace has which begins with head; whole says that there is no more of it.
func detect(head []byte, whole bool) (string, error) {
	if bytes.ContainsFunc(head, func(c rune) bool { return c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' }) {
		return detectBinary(head, whole)
	}
	if isDescription(head) {
		return "distribution", nil // it may be one long line
	}
	var sample []string // the first lines
	for line := range strings.Lines(string(head)) {
		if !strings.HasSuffix(line, "\n") && !whole {
			break // it is cut off
		}
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			if sample = append(sample, line); len(sample) == 100 {
				break
			}
		}
	}
	if len(sample) == 0 {
		return "", fmt.Errorf("the trace has no requests in its first %d bytes", len(head))
	}
	first := sample[0]
	switch {
	case every(sample, isMonitor):
		return "monitor", nil
	case every(sample, isWatch):
		return "watch", nil
	case strings.HasPrefix(first, "<"), strings.HasPrefix(first, "slab class"):
		return "memcached", nil
	case isHeader(first):
		return "csv", nil
	case strings.Count(first, ",") >= 5:
		return "twitter", nil
	}
	n := len(strings.Fields(first))
	numbers := every(sample, func(line string) bool { return len(strings.Fields(line)) == n && onlyNumbers(line) })
	switch {
	case every(sample, func(line string) bool { return len(strings.Fields(line)) == 1 && !strings.ContainsAny(line, ",;{[") }):
		return "keys", nil
	case numbers && n == 4:
		return "arc", nil
	case numbers && n >= 3:
		return "times", nil
	}
	return "", fmt.Errorf("the format is not known from the first line, %.100q; give a header line that names the columns, as key,size,op,ttl, or one of the formats %s", first, names())
}

func every(all []string, is func(string) bool) bool {
	for _, s := range all {
		if !is(s) {
			return false
		}
	}
	return true
}

func isMonitor(line string) bool {
	stamp, rest, ok := strings.Cut(strings.TrimPrefix(line, "+"), " [")
	_, _, number := fraction([]byte(stamp))
	return line == "OK" || line == "+OK" || ok && number && strings.Contains(rest, "] \"")
}

func isWatch(line string) bool {
	return line == "OK" || strings.HasPrefix(line, "skipped=") || strings.HasPrefix(line, "ts=") && strings.Contains(line, " type=")
}

// isHeader reports whether a line names a column key and no column is called by a number.
func isHeader(line string) bool {
	line = strings.TrimPrefix(line, "\ufeff")
	sep := separator(line)
	place, _ := placesOf(line, sep)
	for field := range strings.SplitSeq(line, string(sep)) {
		if _, _, ok := fraction([]byte(strings.TrimSpace(field))); ok {
			return false
		}
	}
	return place != nil
}

func onlyNumbers(line string) bool {
	return every(strings.Fields(line), func(s string) bool { _, _, ok := fraction([]byte(s)); return ok })
}

// detectBinary tells formats apart by what their fields may be.
func detectBinary(head []byte, whole bool) (string, error) {
	switch {
	case looksLikeOracle(head, whole):
		return "oracleGeneral", nil
	case looksLikeInt32(head, whole):
		return "int32", nil
	}
	return "", fmt.Errorf("the format of the binary file is not known; there are %s", names())
}

// looksLikeOracle looks at the times, which never go back, and at the next requests, which come later.
func looksLikeOracle(head []byte, whole bool) bool {
	if whole && len(head)%oracleSize != 0 || len(head) < oracleSize {
		return false
	}
	last := uint32(0)
	for n := int64(0); len(head) >= oracleSize; n, head = n+1, head[oracleSize:] {
		at, following := binary.LittleEndian.Uint32(head), int64(binary.LittleEndian.Uint64(head[16:]))
		never := following == -1 || following == 1<<63-1
		if at < last || !never && (following <= n || following > 1<<40) {
			return false
		}
		last = at
	}
	return true
}

// looksLikeInt32 reports whether the upper halves of the keys repeat, as those of numbers that were given out in order.
func looksLikeInt32(head []byte, whole bool) bool {
	if whole && len(head)%4 != 0 || len(head) < 4 {
		return false
	}
	upper := map[uint16]bool{}
	n := len(head) / 4
	for i := range n {
		upper[binary.BigEndian.Uint16(head[4*i:])] = true
	}
	return len(upper) <= 1+n/2
}
