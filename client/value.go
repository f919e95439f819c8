package client

import (
	"bytes"
	"fmt"
	"strconv"
)

// maxDepth bounds how deeply parts of a reply nest.
const maxDepth = 32

// Value is the reply to a command sent with Do, of any type.
type Value struct {
	// Type is the type byte of RESP3: '$' bytes, '+' text, ':' integer,
	// ',' float, '#' boolean, '_' null, '-' error, '*' array, '~' set,
	// '%' map (keys and values alternate in Array), '=' verbatim text,
	// '(' big number.
	Type  byte
	Bytes []byte  // '$', '+', '=', '-' and '('
	Int   int64   // ':', and 1 or 0 for '#'
	Float float64 // ','
	Array []Value // '*', '~', '%', '>'
}

// IsNull reports whether the answer was null.
func (v Value) IsNull() bool { return v.Type == '_' }

// Err returns the value as a *ServerError if it is an error, or nil.
func (v Value) Err() error {
	if v.Type == '-' {
		return &ServerError{string(v.Bytes)}
	}
	return nil
}

// Text returns bytes as they are, and numbers as decimals.
func (v Value) Text() string {
	switch v.Type {
	case ':':
		return strconv.FormatInt(v.Int, 10)
	case '#':
		return strconv.FormatBool(v.Int == 1)
	case ',':
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	}
	return string(v.Bytes)
}

// value returns the reply as a Value.
func (r *reply) value() Value {
	if r.val != nil {
		return *r.val
	}
	v := Value{Type: r.typ, Bytes: r.b, Int: r.n}
	if r.typ == '+' && r.b == nil {
		v.Bytes = []byte("OK")
	}
	return v
}

// parseValue decodes the complete reply at the front of b and returns its
// length. The value holds copies.
func parseValue(b []byte, depth int) (v Value, n int, err error) {
	if depth > maxDepth {
		return v, 0, fmt.Errorf("%w: nested more than %d deep", errProtocol, maxDepth)
	}
	n, parts, err := scanPart(b)
	if err != nil {
		return v, 0, err
	}
	if n == 0 {
		return v, 0, errProtocol
	}
	if b[0] == '|' {
		skipped, err := skipAttributes(b)
		if err != nil {
			return v, 0, err
		}
		v, n, err = parseValue(b[skipped:], depth+1)
		return v, n + skipped, err
	}
	end := bytes.IndexByte(b, '\n')
	line := b[1 : end-1]
	v.Type = b[0]
	switch v.Type {
	case '$', '!', '=':
		if line[0] == '-' {
			return Value{Type: '_'}, n, nil
		}
		v.Bytes = bytes.Clone(b[end+1 : n-2])
		if v.Type == '=' && len(v.Bytes) >= 4 {
			v.Bytes = v.Bytes[4:] // the prefix "txt:" is the format
		}
		if v.Type == '!' {
			v.Type = '-'
		}
	case '+', '-', '(':
		v.Bytes = bytes.Clone(line)
	case ':':
		var ok bool
		if v.Int, ok = parseInt(line); !ok {
			return v, 0, fmt.Errorf("%w: integer %.40q", errProtocol, line)
		}
	case '#':
		if string(line) == "t" {
			v.Int = 1
		}
	case ',':
		if v.Float, err = parseFloat(line); err != nil {
			return v, 0, fmt.Errorf("%w: float %.40q", errProtocol, line)
		}
	case '*', '~', '%', '>':
		if line[0] == '-' {
			return Value{Type: '_'}, n, nil
		}
		v.Array = make([]Value, parts)
		for i := range v.Array {
			var used int
			v.Array[i], used, err = parseValue(b[n:], depth+1)
			if err != nil {
				return v, 0, err
			}
			n += used
		}
	}
	return v, n, nil
}
