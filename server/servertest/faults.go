package servertest

import (
	"strings"
	"time"
)

// Fault says how the proxy treats one request. The zero value passes it on.
type Fault struct {
	// Delay is the time for which the proxy holds the request. Later requests of the same connection wait too.
	Delay time.Duration
	// Error is an error reply, as in "LOADING not yet"; the node does not get the request.
	Error string
	// Reply is a reply as on the wire, such as "$2\\r\\nhi\\r\\n"; the node does not get the request.
	Reply string
	// Cut closes the connection; the node does not get the request.
	Cut bool
	// CutAfter passes the request on and then closes the connection, so that the client cannot know whether the
	// request was executed.
	CutAfter bool
}

// Stall holds everything back, in both directions, until Resume: like a stopped process, the node accepts connections and
// requests, and does not reply.
func (n *Node) Stall() {
	for _, p := range n.proxies() {
		p.stall()
	}
}

// Resume ends Stall and passes on the delayed bytes.
func (n *Node) Resume() {
	for _, p := range n.proxies() {
		p.resume()
	}
}

// Cut closes every connection at once. New connections are served.
func (n *Node) Cut() {
	for _, p := range n.proxies() {
		p.Cut()
	}
}

// Fail makes the next count requests in RESP fail with message, such as "READONLY You can't write against a read only
// replica."; the node does not get them. What a client sends first, HELLO and TOPOLOGY NOREDIRECT, passes
// and does not count.
func (n *Node) Fail(message string, count int) {
	n.OnRequest(func(args []string) Fault {
		if count <= 0 || strings.EqualFold(args[0], "HELLO") || len(args) > 1 && strings.EqualFold(args[1], "NOREDIRECT") {
			return Fault{}
		}
		count--
		return Fault{Error: message}
	})
}

// OnRequest makes the proxy call decide for every request in RESP, HELLO included; nil stops the calls. Calls do not
// overlap, and decide must not call the node's methods.
func (n *Node) OnRequest(decide func(args []string) Fault) { n.proxy.onRequest(decide) }
