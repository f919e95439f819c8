package session

import "github.com/cachegopher/cachegopher/server/session/reply"

// dialect is a way to put requests and replies. To add one is to add an entry to dialects, a style of replies, and what
// decodes its requests.
type dialect struct {
	name  string
	style reply.Style
	// opens reports whether a connection whose first byte this is speaks the dialect.
	opens func(first byte) bool
	// decode puts the complete requests at the front of in into the loop's batch. It returns how many, and, when there
	// are none, the bytes used and whether to go on.
	decode func(s *Session, c *Call, in []byte) (n, used int, more bool)
	// usage answers a request with the wrong number of arguments, unknown one whose command there is not.
	usage   func(c *Call, h *handler)
	unknown func(c *Call)
	// need is how many bytes the request at the front of the input takes, as far as that is known.
	need func(s *Session) int
}

// dialects are tried in this order: the last takes every connection that no other does.
var dialects = [...]*dialect{&respDialect, &lineDialect}

// decide chooses the connection's dialect by its first byte.
func (s *Session) decide(c *Call, first byte) {
	for _, d := range dialects {
		if d.opens(first) {
			s.dialect = d
			c.Begin(c.Out, d.style, int(s.proto))
			return
		}
	}
}
