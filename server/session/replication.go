package session

import "github.com/cachegopher/cachegopher/internal/metric"

// Role is what ROLE tells.
type Role struct {
	Secondary bool
	Offset    int64
	// Peers are a primary's secondaries that are connected.
	Peers []Peer
	// Of a secondary: where its primary is, and connect, sync or connected.
	Host  string
	Port  int
	State string
}

// Peer is a secondary as ROLE shows it.
type Peer struct{ Host, Port, Offset string }

// Replication is a node's part in its group, as sessions need it. All of it may
// be called from any goroutine.
type Replication interface {
	// Metrics reads the metrics of replication. Their section of INFO begins with the role, which is not among them.
	Metrics() []metric.Reading
	// Syncs counts full and partial syncs.
	Syncs() (full, partial int64)
	Role() Role
	// Leads reports whether the node is its group's primary now.
	Leads() bool
	// Mark is the end of the log, after everything written so far. An offset means something only in the term in
	// which it was read: a term ends when the node changes its role.
	Mark() (term, offset uint64)
	// Acked is how many secondaries have everything before offset; ok is false once the term is over.
	Acked(term, offset uint64) (n int, ok bool)
	// Wait calls done, from any goroutine, when n secondaries have everything before offset or the term is over.
	// After cancel it does not.
	Wait(term, offset uint64, n int, done func()) (cancel func())
	// Pause stops what is sent to a secondary, all for an empty id, or resumes it.
	Pause(id string, paused bool) error
	// Serve has a primary that recovers stop waiting for members that have not said what they hold.
	Serve() error
	// Knock tells a primary that a secondary is there: see package replica. The answer is the reply.
	Knock(args []string) (answer string)
	// HandOver makes the secondary that asks for it the primary: see package replica. It may not be called by sessions'
	// goroutines; done is called from any.
	HandOver(args []string, done func(error))
	// Promote makes the member called id, this node for an empty id, the primary; with force it does without the old one.
	// It may not be called by sessions' goroutines; done is called from any.
	Promote(id string, force bool, done func(error))
	// Open lets the primary take over a connection: see package replica. An error is
	// answered with answer too, and ends the connection.
	Open(peer string, args []string, kill func()) (s Stream, answer string, err error)
	// Take is Open for a node that wants this one's data and nothing else.
	Take(peer string, args []string, kill func()) (s Stream, answer string, err error)
}
