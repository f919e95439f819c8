package sim

import (
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// refusal is the answer of a running node that does not say what it holds.
type refusal struct {
	text    string
	mute    bool  // it sends nothing and leaves the connection open
	dialing error // dialing fails, at the sign-in
}

// refusals are answers that nodes, or other programs at their addresses, have been seen to give.
var refusals = []refusal{
	{text: "ERROR: Too many connections\n"},
	{text: "-ERR too many connections from your address\r\n"},
	{text: "-DENIED this node is in protected mode\r\n"},
	{text: "-NOPERM User node has no permissions to run the 'replica|stream' command\r\n"},
	{text: "-NOAUTH Authentication required.\r\n"},
	{text: "-ERR unknown command 'REPLICA'\r\n"},
	{text: "-ERR the command 'replica' is switched off on this node by security.disabled_commands\r\n"},
	{text: "-REFUSED this node speaks version 7 of the replication stream; run one version of CacheGopher in the group\r\n"},
	{text: "-REFUSED this node is n9, not n1; check the addresses in the config\r\n"},
	{text: "+POSITION 7 0 0 0 0 0\r\n"},
	{text: "HTTP/1.1 400 Bad Request\r\n\r\n"},
	{text: "\x15\x03\x01\x00\x02\x02\x16"},
	{text: ""},
	{mute: true},
	{dialing: fmt.Errorf("%w: sign in as node: WRONGPASS", replica.ErrAnswered)},
}

// answer sends the refusal on a connection that asks for a stream or the node's data.
func (r *refusal) answer(a *acceptor) {
	if r.mute {
		return
	}
	a.c.back.send([]byte(r.text))
	a.w.after(a.w.params.delay, a.c.close)
}

// refuse makes the node refuse all peers for d.
func (n *node) refuse(d time.Duration) {
	r := &refusals[n.w.rnd.IntN(len(refusals))]
	n.w.note("%s refuses for %v: %+v", n, d.Round(time.Millisecond), *r)
	n.refuses = r
	run := n.run
	n.w.after(d, func() {
		if n.run == run {
			n.w.note("%s answers again", n)
			n.refuses = nil
		}
	})
}
