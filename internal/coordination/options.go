package coordination

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/replica"
)

// Member is the node's part in its group, which a Coordinator tells who leads; *replica.Member implements it.
type Member interface {
	Lead(epoch uint64, group string, secondaries []string) error
	Follow(epoch uint64, group, primary string, members []string) error
	Leadership() (epoch uint64, primary string)
	HandOver(to string, done func(error))
	Fence(until time.Duration)
	Elapsed() time.Duration
	Following(since time.Duration) replica.Following
	Confirm(is bool)
}

// State describes the member's data and its stream from the primary.
type State struct {
	Leads    bool
	Position replica.Position
	Linked   bool          // a stream from the primary is open
	Heard    time.Duration // how long ago something last came from it
}

// Options configure a Coordinator; all fields are required unless they say otherwise.
type Options struct {
	config.Coordination
	Self   topology.Server
	Joined bool // this node is in no config file
	// NewGroup lets a joined node found its group in a cluster that has others.
	NewGroup bool
	Config   *topology.Topology // what the config says
	Version  string             // the program's
	Beat     time.Duration      // the interval of the member's heartbeats; at most a quarter of FailoverAfter
	Member   Member
	State    func() State
	Entries  func() int64 // how many the store has; nil: the node stores no assignment of slots
	OnRing   bool         // the first assignment is that of package ring, for clients that never ask nodes for one
	Run      string       // identifies this process to those who ask it, as Dial does
	// Dial finds out whether a process, called run, still listens at the addresses of a server. It returns a *RefusedError if
	// nobody does, or another process; an empty run is that of any process.
	Dial func(ctx context.Context, to topology.Server, run string) error
	// Cut closes the stream from the primary and refuses new ones, while it is true.
	Cut func(bool)
	// Changed takes another topology. It is called from one goroutine, before the member is told of its part in it.
	Changed func(*topology.Topology)
	// NoGroup takes the cluster's groups, once, if this node has joined without NewGroup and its group is not among them. The
	// node then takes no part.
	NoGroup func(groups []string)
	// Alone takes whether this node may answer clients: true once it is registered, or etcd does not say who runs; false when
	// another running node has its id. It may be called again with the same value.
	Alone  func(bool)
	Logger *zap.Logger
}

// RefusedError says that a process does not listen at any address of its server.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return "refused: " + e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }
