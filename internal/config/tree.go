package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// maxDepth limits the nesting of a config file, and so the recursion of its reader.
const maxDepth = 32

// value is a JSON value and the line on which it begins.
type value struct {
	kind    valueKind
	line    int
	text    string   // a string's contents; a number, true, false or null as written
	members []member // of an object, in the order of the file, with repeated names
	elems   []*value // of an array
}

type member struct {
	name  string
	line  int
	value *value // nil until it is read
}

type valueKind int

const (
	object valueKind = iota
	array
	str
	number
	boolean
	null
)

// describe names the value in a message: its kind and, where it is short, its text.
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

// quote quotes s for a message. It cuts long strings and escapes line ends, so that the message stays one line.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		return fmt.Sprintf("%q...", s[:most])
	}
	return fmt.Sprintf("%q", s)
}

// reader builds values from the tokens of a config file.
type reader struct {
	*json.Decoder
	data    []byte
	end     int // of the last token
	line    int // line of data[counted]
	counted int
}

// parse reads data as one JSON value. The error is the first syntax error.
func parse(data []byte) (*value, *Error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	r := &reader{Decoder: json.NewDecoder(bytes.NewReader(data)), data: data, line: 1}
	r.UseNumber()
	v, fault := r.value(nil, 0)
	if fault != nil {
		return nil, fault
	}
	if rest := r.skipSpace(r.end); rest < len(data) {
		return nil, r.fault(rest, "found "+r.seen(rest)+" after the end of the config", "a config is one object and nothing else")
	}
	return v, nil
}

// value reads the next value in the object or array in; nil: the config itself.
func (r *reader) value(in *value, depth int) (*value, *Error) {
	if depth > maxDepth {
		return nil, r.fault(r.end, fmt.Sprintf("nested more than %d deep", maxDepth), "a config needs no more than four levels")
	}
	t, fault := r.token(in)
	if fault != nil {
		return nil, fault
	}
	v := &value{line: r.lineAt(r.end)}
	switch t := t.(type) {
	case json.Delim:
		if t == '[' {
			v.kind = array
		}
		fault = r.inside(v, depth)
	case string:
		v.kind, v.text = str, t
	case json.Number:
		v.kind, v.text = number, t.String()
		if c := r.at(r.end); c != 0 && strings.IndexByte("+-.eE0123456789", c) >= 0 { // the decoder reads 01 as two numbers
			fault = r.badNumber(r.end - len(v.text))
		}
	case bool:
		v.kind, v.text = boolean, strconv.FormatBool(t)
	default:
		v.kind, v.text = null, "null"
	}
	return v, fault
}

// inside reads the contents of an object or array, and its closing bracket.
func (r *reader) inside(v *value, depth int) *Error {
	for r.More() {
		if v.kind == object {
			name, fault := r.token(v)
			if fault != nil {
				return fault
			}
			v.members = append(v.members, member{name: name.(string), line: r.lineAt(r.end)})
		}
		e, fault := r.value(v, depth+1)
		if fault != nil {
			return fault
		}
		if v.kind == object {
			v.members[len(v.members)-1].value = e
		} else {
			v.elems = append(v.elems, e)
		}
	}
	_, fault := r.token(v)
	return fault
}

// token reads the next token in the object or array in.
func (r *reader) token(in *value) (json.Token, *Error) {
	t, err := r.Token()
	if err != nil {
		return nil, r.explain(in)
	}
	r.end = int(r.InputOffset())
	return t, nil
}

// lineAt returns the line of data[offset]. Offsets must not go back.
func (r *reader) lineAt(offset int) int {
	if offset > r.counted {
		r.line += bytes.Count(r.data[r.counted:offset], []byte{'\n'})
		r.counted = offset
	}
	return r.line
}
