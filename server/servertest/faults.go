package servertest

import (
	"strings"
	"time"
)

// Fault is what the proxy does about one request. The zero value passes it on.
type Fault struct {
	// Delay passes by before anything else happens. It holds up what is behind the request on the same
	// connection.
	Delay time.Duration
	// Error answers in place of the node, which never sees the request, as in "LOADING not yet".
	Error string
	// Cut ends the connection: the node never sees the request.
	Cut bool
	// CutAfter passes the request on and ends the connection once the node has its bytes: whether it
	// was executed the client cannot know.
	CutAfter bool
}

// Stall holds everything back, in both directions, until Resume: like a process that was stopped, the
// node takes connections and requests and never answers.
func (n *Node) Stall() {
	for _, p := range n.proxies() {
		p.stall()
	}
}

// Resume ends Stall; what was held back is passed on.
func (n *Node) Resume() {
	for _, p := range n.proxies() {
		p.resume()
	}
}

// Cut ends every connection at once. New ones are served.
func (n *Node) Cut() {
	for _, p := range n.proxies() {
		p.cut()
	}
}

// Fail has the next count requests in RESP, greetings excepted, answered with an error, such as
// "READONLY You can't write against a read only replica.", and not executed.
func (n *Node) Fail(message string, count int) {
	n.OnRequest(func(args []string) Fault {
		if count <= 0 || strings.EqualFold(args[0], "HELLO") {
			return Fault{}
		}
		count--
		return Fault{Error: message}
	})
}

// OnRequest has decide asked about every request in RESP from now on, greetings (HELLO) included; nil
// ends that. It is called by one goroutine at a time, and must not call the node's methods.
func (n *Node) OnRequest(decide func(args []string) Fault) { n.proxy.onRequest(decide) }
