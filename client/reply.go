package client

import (
	"bytes"
	"fmt"
	"strconv"
)

// reply is a decoded reply. b may hold a caller's buffer before decoding, which appends to
// it.
type reply struct {
	typ byte   // RESP type of the answer, '_' for every kind of null, 0 for none
	n   int64  // ':' and '#'
	b   []byte // bulk strings
	err error  // *ServerError, or why there is no reply
	val *Value // aggregates and all other types; only Do and Scan use it
}

func (r *reply) ok() bool { return r.typ == '+' || r.typ == '$' }

func (r *reply) null() bool { return r.typ == '_' }

// decode fills r from a complete reply. Nothing in r refers to b afterwards.
func (r *reply) decode(b []byte) error {
	for b[0] == '|' { // attributes are not used
		n, err := skipAttributes(b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	r.typ = b[0]
	end := bytes.IndexByte(b, '\n')
	line := b[1 : end-1]
	switch r.typ {
	case '$':
		if line[0] == '-' {
			r.typ = '_'
			return nil
		}
		r.add(b[end+1 : len(b)-2])
		return nil
	case '+':
		if len(line) == 2 && line[0] == 'O' && line[1] == 'K' {
			return nil // value takes a nil b for OK
		}
		r.add(line)
		return nil
	case '_':
		return nil
	case ':':
		n, ok := parseInt(line)
		if !ok {
			return fmt.Errorf("%w: integer %.40q", errProtocol, line)
		}
		r.n = n
		return nil
	case '-':
		r.err = &ServerError{string(line)}
		return nil
	case '!':
		r.typ = '-'
		r.err = &ServerError{string(b[end+1 : len(b)-2])}
		return nil
	case '*':
		if line[0] == '-' {
			r.typ = '_'
			return nil
		}
	}
	v, _, err := parseValue(b, 0)
	if err != nil {
		return err
	}
	r.val = &v
	return nil
}

// add appends to the caller's buffer, or allocates exactly what is needed.
func (r *reply) add(data []byte) {
	if r.b == nil {
		r.b = make([]byte, 0, len(data))
	}
	r.b = append(r.b, data...)
}

func parseFloat(b []byte) (float64, error) { return strconv.ParseFloat(string(b), 64) }
