package wire

import "bytes"

// inline finds the line of an inline request.
func (d *RESP) inline(b []byte, from uint32, args []Span) (out []Span, n int, st Status, inline bool) {
	i := bytes.IndexByte(b[min(int(d.need), len(b)):min(len(b), MaxInline+1)], '\n')
	if i < 0 {
		if len(b) > MaxInline {
			return args, 0, d.bad("Protocol error: too big inline request"), true
		}
		d.need = 0
		return args, 0, More, true
	}
	n = i + 1
	d.need = 0
	if i > 0 && b[i-1] == '\r' {
		i--
	}
	return append(args, Span{from, uint32(i)}), n, OK, true
}

// SplitInline splits a line into arguments as Redis does (sdssplitargs): at
// spaces, except within quotes. Double quotes know the escapes \n \r \t \b \a
// \xHH and \c, single quotes only \'. It appends the arguments' bytes to dst and
// their spans to args. ok is false when quotes are not balanced.
func SplitInline(line, dst []byte, args []Span) (text []byte, out []Span, ok bool) {
	for {
		for len(line) > 0 && isSpace(line[0]) {
			line = line[1:]
		}
		if len(line) == 0 {
			return dst, args, true
		}
		start := len(dst)
		if dst, line, ok = inlineArg(line, dst); !ok {
			return dst, args, false
		}
		args = append(args, Span{uint32(start), uint32(len(dst) - start)})
	}
}

// inlineArg appends the argument at the front of line to dst and returns the rest
// of the line.
func inlineArg(line, dst []byte) (text, rest []byte, ok bool) {
	for len(line) > 0 && !isSpace(line[0]) {
		switch c := line[0]; c {
		case '"', '\'':
			if dst, line, ok = quoted(line[1:], c, dst); !ok {
				return dst, line, false
			}
			// Only a space may follow the closing quote.
			if len(line) > 0 && !isSpace(line[0]) {
				return dst, line, false
			}
			return dst, line, true
		case 0:
			return dst, nil, true
		default:
			dst = append(dst, c)
			line = line[1:]
		}
	}
	return dst, line, true
}

func quoted(line []byte, quote byte, dst []byte) (text, rest []byte, ok bool) {
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == quote:
			return dst, line[i+1:], true
		case c == '\\' && quote == '"' && i+3 < len(line) && line[i+1] == 'x' && isHex(line[i+2]) && isHex(line[i+3]):
			dst = append(dst, unhex(line[i+2])<<4|unhex(line[i+3]))
			i += 3
		case c == '\\' && quote == '"' && i+1 < len(line):
			i++
			dst = append(dst, unescape(line[i]))
		case c == '\\' && i+1 < len(line) && line[i+1] == '\'':
			i++
			dst = append(dst, '\'')
		default:
			dst = append(dst, c)
		}
	}
	return dst, nil, false
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
