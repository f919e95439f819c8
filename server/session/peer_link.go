package session

import (
	"errors"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// PeerLink serves a connection that another node has taken over. Run takes input and appends output, as Session.Run does.
type PeerLink interface {
	Run(in, out []byte, limit int) (used int, reply []byte, err error)
	Need() int
	More() bool
	Close()
}

// DeclinedError wraps the error of a PeerLink that the node refuses or ends in normal operation, which is not logged.
type DeclinedError struct{ Err error }

func (e *DeclinedError) Error() string { return e.Err.Error() }
func (e *DeclinedError) Unwrap() error { return e.Err }

// closeFor closes the session of a peer link after an error.
func (s *Session) closeFor(err error) {
	s.closing = true
	var declined *DeclinedError
	if !errors.As(err, &declined) {
		s.reason = wire.Brief(err.Error())
	}
}

// TakeOver hands the connection over to the PeerLink that open returns; by is its kind. open gets the request's arguments from
// the third on; kill closes the connection, from any goroutine.
func (c *Call) TakeOver(by Link, open func(peer string, args []string, kill func()) (PeerLink, string, error)) {
	args := c.Texts(2)
	s := c.Session // c is the loop's, and may be another session's when kill is called
	if !s.becomePeerLink(by) {
		c.turnAway()
		return
	}
	link, answer, err := open(s.info.Remote, args, func() { s.Kill() })
	c.Out = append(c.Out, answer...)
	if err != nil {
		s.closeFor(err)
		return
	}
	s.peerLink = link
}

// Texts are copies of the request's arguments from number i on.
func (c *Call) Texts(i int) (words []string) {
	for ; i < c.NArg(); i++ {
		words = append(words, string(c.Arg(i)))
	}
	return words
}

// runPeerLink passes input to the peer link.
func (s *Session) runPeerLink(c *Call, in []byte, limit int) (used int) {
	var err error
	if used, c.Out, err = s.peerLink.Run(in, c.Out, limit); err != nil {
		s.closeFor(err)
	}
	return used
}
