// Package shellwords splits a line into words by the quoting of a POSIX shell, and
// quotes any bytes so that they are read back unchanged.
//
// 'single quotes' keep everything as it is. "Double quotes" keep everything but a
// backslash before one of " \ $ ` and a newline. $'dollar quotes' know the escapes
// of C: \n, \t, \xHH, \NNN, \uHHHH and so on. Outside quotes a backslash keeps the
// next byte. There are no variables, patterns, operators or comments: $ and * and
// | and # are bytes like any other.
package shellwords

import (
	"fmt"
	"strings"
)

// Word is one word of a line.
type Word struct {
	Text   string // any bytes
	Quoted bool   // part of it was quoted; distinguishes "-" from -
	Start  int    // byte offset of the word's first byte in the line
	End    int    // byte offset after its last byte
}

// An Error says where a line cannot be read.
type Error struct {
	Offset int    // byte offset of the fault
	Open   bool   // the line ends inside a word: more input may complete it
	What   string // description of the fault
}

func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Offset+1, e.What) }

// Split splits line into words. After an error, always an *Error, the words before
// the broken one are returned with it.
func Split(line string) ([]Word, error) {
	var words []Word
	for i := 0; ; {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return words, nil
		}
		s := splitter{line: line, at: i}
		if err := s.word(); err != nil {
			return words, err
		}
		words = append(words, Word{Text: s.text.String(), Quoted: s.quoted, Start: i, End: s.at})
		i = s.at
	}
}

// Texts returns the texts of words.
func Texts(words []Word) []string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.Text
	}
	return texts
}

func isSpace(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

// splitter reads one word.
type splitter struct {
	line   string
	at     int
	text   strings.Builder
	quoted bool
}

func (s *splitter) word() error {
	for s.at < len(s.line) && !isSpace(s.line[s.at]) {
		var err error
		switch b := s.line[s.at]; {
		case b == '\'':
			err = s.single()
		case b == '"':
			err = s.double()
		case b == '\\':
			err = s.backslash()
		case b == '$' && strings.HasPrefix(s.line[s.at:], "$'"):
			err = s.dollar()
		default:
			s.text.WriteByte(b)
			s.at++
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *splitter) single() error {
	end := strings.IndexByte(s.line[s.at+1:], '\'')
	if end < 0 {
		return &Error{s.at, true, "the quote ' is not closed"}
	}
	s.text.WriteString(s.line[s.at+1 : s.at+1+end])
	s.at += end + 2
	s.quoted = true
	return nil
}

func (s *splitter) double() error {
	start := s.at
	s.quoted = true
	for s.at++; s.at < len(s.line); s.at++ {
		b := s.line[s.at]
		if b == '"' {
			s.at++
			return nil
		}
		if b == '\\' && s.at+1 < len(s.line) && strings.IndexByte("\"\\$`\n", s.line[s.at+1]) >= 0 {
			s.at++
			if b = s.line[s.at]; b == '\n' {
				continue // the line goes on
			}
		}
		s.text.WriteByte(b)
	}
	return &Error{start, true, `the quote " is not closed`}
}

func (s *splitter) backslash() error {
	if s.at+1 == len(s.line) {
		return &Error{s.at, true, `nothing follows the backslash; write \\ for one`}
	}
	if b := s.line[s.at+1]; b != '\n' {
		s.text.WriteByte(b)
	}
	s.quoted = true
	s.at += 2
	return nil
}

// dollar reads $'...'.
func (s *splitter) dollar() error {
	start := s.at
	s.quoted = true
	for s.at += 2; s.at < len(s.line); {
		switch s.line[s.at] {
		case '\'':
			s.at++
			return nil
		case '\\':
			if err := s.escape(); err != nil {
				return err
			}
		default:
			s.text.WriteByte(s.line[s.at])
			s.at++
		}
	}
	return &Error{start, true, "the quote $' is not closed"}
}
