package shellwords

import (
	"strconv"
	"unicode/utf8"
)

// simple maps the one-letter escapes to their bytes.
var simple = map[byte]byte{
	'a': 7, 'b': 8, 'e': 27, 'E': 27, 'f': 12, 'n': 10, 'r': 13, 't': 9, 'v': 11,
	'\\': '\\', '\'': '\'', '"': '"', '?': '?',
}

// escape reads an escape sequence inside $'...'.
func (s *splitter) escape() error {
	if s.at+1 == len(s.line) {
		return &Error{s.at, true, "the quote $' is not closed"}
	}
	b := s.line[s.at+1]
	if c, ok := simple[b]; ok {
		s.text.WriteByte(c)
		s.at += 2
		return nil
	}
	switch {
	case b == 'x':
		return s.number(2, 2, 16)
	case b == 'u':
		return s.number(2, 4, 16)
	case b == 'U':
		return s.number(2, 8, 16)
	case b >= '0' && b <= '7':
		return s.number(1, 3, 8)
	}
	return &Error{s.at, false, `\` + strconv.QuoteRune(rune(b)) + ` is no escape; write \\ for a backslash`}
}

// number skips skip bytes, reads up to most digits, and appends the byte they stand for,
// or with \u and \U the character.
func (s *splitter) number(skip, most, base int) error {
	from := s.at + skip
	to := from
	for to < len(s.line) && to-from < most && isDigit(s.line[to], base) {
		to++
	}
	n, err := strconv.ParseUint(s.line[from:to], base, 32)
	kind := s.line[s.at+1]
	wide := kind == 'u' || kind == 'U'
	switch {
	case from == to:
		return &Error{s.at, false, `digits must follow \` + string(kind)}
	case err != nil || !wide && n > 255:
		return &Error{s.at, false, s.line[s.at:to] + " is no byte; the largest is \\377"}
	case wide && !utf8.ValidRune(rune(n)):
		return &Error{s.at, false, s.line[s.at:to] + " is no character"}
	case wide:
		s.text.WriteRune(rune(n))
	default:
		s.text.WriteByte(byte(n))
	}
	s.at = to
	return nil
}

func isDigit(b byte, base int) bool {
	if base == 8 {
		return b >= '0' && b <= '7'
	}
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}
