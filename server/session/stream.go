package session

import "github.com/cachegopher/cachegopher/internal/wire"

// Stream is what becomes of a connection that another node has taken over.
type Stream interface {
	Run(in, out []byte, limit int) (used int, reply []byte, err error)
	Need() int
	More() bool
	Close()
}

// HandOver lets open take over the connection, which is by's from then on. args are the arguments from the third on; kill
// closes the connection, and may be called from any goroutine.
func (c *Call) HandOver(by Link, open func(peer string, args []string, kill func()) (Stream, string, error)) {
	args := c.Texts(2)
	s := c.Session // c is the loop's, and may be another session's when kill is called
	if !s.takenOver(by) {
		c.turnAway()
		return
	}
	stream, answer, err := open(s.info.Remote, args, func() { s.Kill() })
	c.Out = append(c.Out, answer...)
	if err != nil {
		s.closing, s.reason = true, wire.Brief(err.Error())
		return
	}
	s.stream = stream
}

// Texts are copies of the request's arguments from number i on.
func (c *Call) Texts(i int) (words []string) {
	for ; i < c.NArg(); i++ {
		words = append(words, string(c.Arg(i)))
	}
	return words
}

// runStream hands input to what has taken over the connection.
func (s *Session) runStream(c *Call, in []byte, limit int) (used int) {
	var err error
	if used, c.Out, err = s.stream.Run(in, c.Out, limit); err != nil {
		s.closing, s.reason = true, err.Error()
	}
	return used
}
