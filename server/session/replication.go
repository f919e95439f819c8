package session

import "github.com/cachegopher/cachegopher/internal/metric"

// Role is the data of the replies to ROLE and REPLICA POSITION.
type Role struct {
	Secondary bool
	History   string // whose log Offset counts: those of one history can be compared
	Offset    int64
	// Peers are a primary's secondaries that are connected.
	Peers []Peer
	// Of a secondary: its primary's address, and connect, sync or connected.
	Host  string
	Port  int
	State string
}

// Peer is a secondary as ROLE shows it.
type Peer struct{ Host, Port, Offset string }

// Replication is a node's part in its group, as sessions use it. Any goroutine may
// call its methods.
type Replication interface {
	// Metrics reads the metrics of replication. Their section of INFO begins with the role, which is not among them.
	Metrics() []metric.Reading
	// Syncs counts full and partial syncs.
	Syncs() (full, partial int64)
	Role() Role
	// Leads reports whether the node is its group's primary now.
	Leads() bool
	// Leadership returns the id of the group's primary, and its epoch.
	Leadership() (epoch uint64, primary string)
	// Linked reports whether the node is a secondary that has a connection to its primary.
	Linked() bool
	// State returns the offset of a member of the group in the log, 0 if it is not known, and in the words of Redis
	// whether it is online, loading, or fail, if it does not run.
	State(id string) (offset int64, health string)
	// Mark returns the end of the log, after everything written so far. An offset is valid only in the term in which it
	// was read: a term ends when the node changes its role.
	Mark() (term, offset uint64)
	// Acked returns the number of secondaries that have everything before offset; ok is false once the term is over.
	Acked(term, offset uint64) (n int, ok bool)
	// Wait calls done, from any goroutine, when n secondaries have everything before offset or the term is over,
	// unless cancel is called first.
	Wait(term, offset uint64, n int, done func()) (cancel func())
	// Pause stops or resumes sending to a secondary, or to all if id is empty.
	Pause(id string, paused bool) error
	// Serve makes a recovering primary stop waiting for members whose position it does not know.
	Serve() error
	// Knock executes REPLICA KNOCK: see package replica. The answer is the reply.
	Knock(args []string) (answer string)
	// HandOver makes the secondary that asks for it the primary: see package replica. It blocks, so that goroutines that
	// run sessions must not call it, and calls done from any goroutine.
	HandOver(args []string, done func(error))
	// Promote makes the member called id (empty: this node) the primary; with force it does not ask the old primary.
	// It blocks and calls done as HandOver does.
	Promote(id string, force bool, done func(error))
	// Open lets the primary take over a connection: see package replica. answer is the reply, after an error too, which
	// ends the connection.
	Open(peer string, args []string, kill func()) (link PeerLink, answer string, err error)
	// Take is Open for a node that wants this one's data and nothing else.
	Take(peer string, args []string, kill func()) (link PeerLink, answer string, err error)
	// Import is Open for the primary of another group that moves slots to this node's: see package replica/move. Its arguments
	// begin with BEGIN. The link calls wake, from any goroutine, when it can continue without new input.
	Import(peer string, args []string, wake, kill func()) (link PeerLink, answer string, err error)
}
