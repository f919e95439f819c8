package sut

import "github.com/cachegopher/cachegopher/internal/wire"

// mostElements is the most elements that a collection in a reply may have.
const mostElements = 1 << 24

// parseAny finds the end of a reply of any type, of RESP 2 or 3. The outcome is Refused, Miss for null, or Done.
func parseAny(buf []byte, r *Reply) (int, error) {
	n := 0
	for left := 1; left > 0; left-- {
		text, m := line(buf[n:])
		if m == 0 {
			return 0, nil
		}
		if len(text) == 0 {
			return 0, errProtocol
		}
		size, whole := int64(0), true
		switch text[0] {
		case '+', ':', '_', ',', '#', '(', '-':
		case '$', '=', '!', '*', '~', '%', '>', '|':
			size, whole = wire.ParseInt(text[1:])
		default:
			whole = false
		}
		if !whole || size < -1 || size > 1<<30 {
			return 0, errProtocol
		}
		if n == 0 {
			answered(text, size, r)
		}
		n += m
		switch text[0] {
		case '$', '=', '!':
			if size < 0 {
				break
			}
			end := n + int(size)
			if len(buf) < end+2 {
				return 0, nil
			}
			if buf[end] != '\r' || buf[end+1] != '\n' {
				return 0, errProtocol
			}
			n = end + 2
		case '*', '~', '>', '%', '|':
			if text[0] == '%' || text[0] == '|' {
				size *= 2
			}
			if text[0] == '|' {
				size++ // what it is an attribute of follows it
			}
			if left += int(max(0, size)); left > mostElements {
				return 0, errProtocol
			}
		}
	}
	return n, nil
}

// answered sets the outcome of a reply that begins with a line.
func answered(text []byte, size int64, r *Reply) {
	switch {
	case text[0] == '-':
		r.Outcome, r.Text = Refused, text[1:]
	case text[0] == '!':
		r.Outcome, r.Text = Refused, []byte("an error")
	case text[0] == '_' || size < 0:
		r.Outcome = Miss
	default:
		r.Outcome = Done
	}
}
