package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a config file, and so the recursion of its reader.
const maxDepth = 32

// value is a JSON value that knows its line. encoding/json keeps neither lines nor duplicate keys,
// and its messages tell an operator little.
type value struct {
	line    int
	kind    kind
	text    string // of a string: what it says; of a number, true or false: as written
	members []member
	elems   []*value
}

type member struct {
	name  string
	line  int
	value *value
}

type kind int

const (
	object kind = iota
	array
	str
	number
	boolean
	null
)

// describe names the value in an error message: its kind and, where short, what it says.
func (v *value) describe() string {
	switch v.kind {
	case object:
		return "an object"
	case array:
		return "an array"
	case str:
		return "the string " + quote(v.text)
	case number:
		return "the number " + v.text
	}
	return v.text
}

// quote quotes s for a message, cut so that one line stays one line.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		return fmt.Sprintf("%q...", s[:most])
	}
	return fmt.Sprintf("%q", s)
}

// parser reads one JSON text. The first fault ends it, by a panic that parse turns into an Error.
type parser struct {
	data []byte
	pos  int
	line int // of pos
}

// parse reads data as one JSON value with nothing but space after it.
func parse(data []byte) (v *value, fault *Error) {
	p := &parser{data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), line: 1}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			v, fault = nil, e
		}
	}()
	p.space()
	if p.pos == len(p.data) {
		p.fail("the file is empty", `write {"servers": [...]}`)
	}
	v = p.value(0)
	p.space()
	if p.pos < len(p.data) {
		p.fail("found "+p.seen()+" after the end of the config", "a config is one object and nothing else")
	}
	return v, nil
}

func (p *parser) fail(what, remedy string) {
	panic(&Error{Line: p.line, What: what, Remedy: remedy})
}

// expect fails with what was found instead of want.
func (p *parser) expect(want string) {
	switch c := p.peek(); {
	case p.pos == len(p.data):
		p.fail("the file ends where "+want+" is expected", "close every bracket and quote")
	case c == '/' || c == '#':
		p.fail("found "+p.seen()+" where "+want+" is expected", "JSON has no comments; remove it")
	case c == '\'':
		p.fail("found "+p.seen()+" where "+want+" is expected", "strings take double quotes")
	default:
		p.fail("found "+p.seen()+" where "+want+" is expected", "is a comma, a quote or a bracket missing before it?")
	}
}

// seen describes the character at pos.
func (p *parser) seen() string {
	if p.pos == len(p.data) {
		return "the end of the file"
	}
	r, _ := utf8.DecodeRune(p.data[p.pos:])
	return fmt.Sprintf("%q", r)
}

// peek returns the byte at pos, or 0 at the end.
func (p *parser) peek() byte {
	if p.pos == len(p.data) {
		return 0
	}
	return p.data[p.pos]
}

func (p *parser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case '\n':
			p.line++
		case ' ', '\t', '\r':
		default:
			return
		}
		p.pos++
	}
}

func (p *parser) value(depth int) *value {
	if depth > maxDepth {
		p.fail(fmt.Sprintf("nested more than %d deep", maxDepth), "a config needs no more than four levels")
	}
	v := &value{line: p.line}
	switch c := p.peek(); {
	case c == '{':
		v.kind = object
		p.object(v, depth)
	case c == '[':
		v.kind = array
		p.array(v, depth)
	case c == '"':
		v.kind, v.text = str, p.str()
	case c == '-' || c >= '0' && c <= '9':
		v.kind, v.text = number, p.number()
	case p.word("true"), p.word("false"):
		v.kind, v.text = boolean, "true"
		if c == 'f' {
			v.text = "false"
		}
	case p.word("null"):
		v.kind, v.text = null, "null"
	default:
		p.expect("a value")
	}
	return v
}

// object reads from the opening brace to behind the closing one.
func (p *parser) object(v *value, depth int) {
	p.pos++
	p.space()
	for first := true; ; first = false {
		if first && p.peek() == '}' {
			break
		}
		if p.peek() == '}' {
			p.fail("found '}' after a comma", "remove the comma before it")
		}
		if p.peek() != '"' {
			p.expect("a key in double quotes")
		}
		m := member{line: p.line, name: p.str()}
		p.space()
		if p.peek() != ':' {
			p.expect("':' after the key " + quote(m.name))
		}
		p.pos++
		p.space()
		m.value = p.value(depth + 1)
		v.members = append(v.members, m)
		p.space()
		if p.peek() != ',' {
			if p.peek() != '}' {
				p.expect("',' or '}' after the value of " + quote(m.name))
			}
			break
		}
		p.pos++
		p.space()
	}
	p.pos++
}

// array reads from the opening bracket to behind the closing one.
func (p *parser) array(v *value, depth int) {
	p.pos++
	p.space()
	for first := true; ; first = false {
		if first && p.peek() == ']' {
			break
		}
		if p.peek() == ']' {
			p.fail("found ']' after a comma", "remove the comma before it")
		}
		v.elems = append(v.elems, p.value(depth+1))
		p.space()
		if p.peek() != ',' {
			if p.peek() != ']' {
				p.expect("',' or ']' after an element of an array")
			}
			break
		}
		p.pos++
		p.space()
	}
	p.pos++
}

// str reads a string. Its escapes are encoding/json's to decode.
func (p *parser) str() string {
	start := p.pos
	for p.pos++; p.peek() != '"' || p.pos == len(p.data); p.pos++ {
		switch c := p.peek(); {
		case p.pos == len(p.data):
			p.fail("the file ends inside a string", "close every bracket and quote")
		case c < ' ':
			p.fail(fmt.Sprintf("found %q inside a string", c), `close the quote before it or write it as \n, \t or \u00XX`)
		case c == '\\' && p.pos+1 < len(p.data):
			p.pos++
			if p.data[p.pos] < ' ' {
				p.fail(`found a \ that begins no known escape`, `write a backslash as \\`)
			}
		}
	}
	p.pos++
	var s string
	if json.Unmarshal(p.data[start:p.pos], &s) != nil {
		p.fail(`found a \ that begins no known escape`, `write a backslash as \\`)
	}
	return s
}

func (p *parser) number() string {
	start := p.pos
	for p.pos < len(p.data) && bytes.IndexByte([]byte("+-.eE0123456789"), p.data[p.pos]) >= 0 {
		p.pos++
	}
	text := string(p.data[start:p.pos])
	if !json.Valid([]byte(text)) {
		p.fail(quote(text)+" is no number", "strings take double quotes")
	}
	return text
}

// word steps over w when it comes next.
func (p *parser) word(w string) bool {
	if !bytes.HasPrefix(p.data[p.pos:], []byte(w)) {
		return false
	}
	p.pos += len(w)
	return true
}
