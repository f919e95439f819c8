package config

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// fault is a syntax error at an offset of the file.
func (r *reader) fault(offset int, what, remedy string) *Error {
	return &Error{Line: r.lineAt(offset), What: what, Remedy: remedy}
}

// explain describes, for an operator, the error after the last token, which was in the object or array in; nil: at
// the top. The decoder has found that there is one.
func (r *reader) explain(in *value) *Error {
	pos := r.skipSpace(r.end)
	if in == nil && pos == len(r.data) {
		return r.fault(pos, "the file is empty", `write {"servers": [...]}`)
	}
	wantsKey := in != nil && in.kind == object
	if wantsKey && len(in.members) > 0 {
		last := in.members[len(in.members)-1]
		if wantsKey = last.value != nil; !wantsKey {
			if r.at(pos) != ':' {
				return r.missing(pos, "':' after the key "+quote(last.name))
			}
			pos = r.skipSpace(pos + 1)
		} else if r.at(pos) != ',' {
			return r.missing(pos, "',' or '}' after the value of "+quote(last.name))
		} else if pos = r.skipSpace(pos + 1); r.at(pos) == '}' {
			return r.fault(pos, "found '}' after a comma", "remove the comma before it")
		}
	} else if in != nil && len(in.elems) > 0 {
		if r.at(pos) != ',' {
			return r.missing(pos, "',' or ']' after an element of an array")
		} else if pos = r.skipSpace(pos + 1); r.at(pos) == ']' {
			return r.fault(pos, "found ']' after a comma", "remove the comma before it")
		}
	}
	switch c := r.at(pos); {
	case wantsKey && c != '"':
		return r.missing(pos, "a key in double quotes")
	case c == '"':
		return r.badString(pos)
	case c == '-' || c >= '0' && c <= '9':
		return r.badNumber(pos)
	}
	return r.missing(pos, "a value")
}

// missing describes what the file has at pos instead of the token that is expected there.
func (r *reader) missing(pos int, needed string) *Error {
	const found = "found %s where %s is expected"
	switch c := r.at(pos); {
	case pos == len(r.data):
		return r.fault(pos, "the file ends where "+needed+" is expected", "close every bracket and quote")
	case c == '/' || c == '#':
		return r.fault(pos, fmt.Sprintf(found, r.seen(pos), needed), "JSON has no comments; remove it")
	case c == '\'':
		return r.fault(pos, fmt.Sprintf(found, r.seen(pos), needed), "strings need double quotes")
	}
	return r.fault(pos, fmt.Sprintf(found, r.seen(pos), needed), "is a comma, a quote or a bracket missing before it?")
}

// badString describes the error of the string that begins at start.
func (r *reader) badString(start int) *Error {
	for pos := start + 1; ; pos++ {
		switch c := r.at(pos); {
		case pos >= len(r.data):
			return r.fault(start, "the file ends inside a string", "close every bracket and quote")
		case c < ' ':
			return r.fault(start, fmt.Sprintf("found %q inside a string", c), `close the quote before it or write it as \n, \t or \u00XX`)
		case c == '\\' && (pos+1 == len(r.data) || r.at(pos+1) >= ' '):
			pos++
		case c == '"' || c == '\\':
			return r.fault(start, `found a \ that begins no known escape`, `write a backslash as \\`)
		}
	}
}

// badNumber quotes the number that begins at start.
func (r *reader) badNumber(start int) *Error {
	rest := r.data[start:]
	text := rest[:len(rest)-len(bytes.TrimLeft(rest, "+-.eE0123456789"))]
	return r.fault(start, quote(string(text))+" is not a number", "strings need double quotes")
}

// at returns the byte at pos, or 0 after the end of the file.
func (r *reader) at(pos int) byte {
	if pos >= len(r.data) {
		return 0
	}
	return r.data[pos]
}

// seen describes the character at pos, which is not the end of the file.
func (r *reader) seen(pos int) string {
	c, _ := utf8.DecodeRune(r.data[pos:])
	return fmt.Sprintf("%q", c)
}

// skipSpace returns the first position from pos on that holds no white space.
func (r *reader) skipSpace(pos int) int {
	return len(r.data) - len(bytes.TrimLeft(r.data[pos:], " \t\r\n"))
}
