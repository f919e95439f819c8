package client

import (
	"bytes"
	"sync"
)

// pushedDocument is the latest topology that was pushed and merged, as JSON. Each connection is sent each change, and reading
// one takes milliseconds.
type pushedDocument struct {
	mu   sync.Mutex // taken before the follower's
	text []byte
}

// topologyPushed merges a topology that a node has sent unasked or in its greeting, as JSON. Any goroutine may call it.
func (c *Client) topologyPushed(document []byte) {
	p := &c.follow.pushed
	p.mu.Lock()
	defer p.mu.Unlock()
	if !bytes.Equal(document, p.text) {
		p.text = bytes.Clone(document)
		c.learn(document, true)
	}
}

// pushedTopology returns the document in a push message of TOPOLOGY WATCH; nil: it is another kind of message.
func pushedTopology(frame []byte) []byte {
	rest, ok := bytes.CutPrefix(frame, []byte(">2\r\n$8\r\ntopology\r\n$"))
	if !ok {
		return nil
	}
	_, rest, _ = bytes.Cut(rest, []byte("\r\n"))
	return bytes.Clone(bytes.TrimSuffix(rest, []byte("\r\n")))
}
