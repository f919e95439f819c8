package session

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/auth"
)

// Options describe a node to its sessions. Store, Commands and Dialects are required.
type Options struct {
	Store *lru.Cache
	// Commands are the commands that the node knows: see package commands.
	Commands []Command
	// Dialects are tried in this order on a connection's first bytes.
	Dialects []*Dialect
	// ID is the node's id in the configuration.
	ID string
	// Version is CacheGopher's version, as INFO and HELLO show it.
	Version string
	// Role, primary or secondary, is what a node without Replication reports; empty: primary.
	Role string
	// Port is the first TCP port, for INFO.
	Port int
	// ConfigFile is the path of the configuration, for INFO.
	ConfigFile string
	// AllowDebug allows DEBUG SLEEP.
	AllowDebug bool
	// Settings are the parameters of CONFIG GET and SET that are not the store's; may be nil.
	Settings Settings
	// ServerMetrics reads the metrics of the server, for INFO, STATS and /metrics; may be nil. Any goroutine may call it.
	ServerMetrics func() []metric.Reading
	// Effects receives every change of the store; may be nil.
	Effects Effects
	// Flush calls flush, which deletes every key, or returns an error, which is answered with TRYAGAIN; nil: flush is called.
	Flush func(flush func()) error
	// Replication is the node's part in its group; nil: it stands alone.
	Replication Replication
	// Rebalancer executes REBALANCE; nil: no etcd stores who owns the slots.
	Rebalancer Rebalancer
	// Saver writes snapshots; nil: the node has no file for them.
	Saver Saver
	// LocalReads hands the store's memory to clients of the same machine; nil: the node does not.
	LocalReads LocalReads
	// Kept says what the store has of an earlier process.
	Kept Kept
	// Users are the users that may sign in; nil: every client may do everything.
	Users *auth.Users
	// Disabled are the names, in any dialect, of the commands that are disabled.
	Disabled []string
	// SlowerThan is the least duration of a command that the slow log records;
	// 0: 10 ms, negative: it records none.
	SlowerThan time.Duration
}

// Settings are the parameters of a running node that CONFIG reads and changes.
type Settings interface {
	// MaxConnections, IdleTimeout and LogLevel return the current values.
	MaxConnections() int
	IdleTimeout() time.Duration
	LogLevel() string
	// The setters take effect at once.
	SetMaxConnections(int)
	SetIdleTimeout(time.Duration)
	SetLogLevel(string) error
	// KeepAlive is how long a client may be silent before it is probed. ClientBuffers is the limit, in bytes, of the
	// buffers of all clients together.
	KeepAlive() time.Duration
	SetKeepAlive(time.Duration)
	ClientBuffers() int64
	SetClientBuffers(int64)
}

// Effects receives each change of the store under the lock of the shard that
// changed, so that calls for one key come in the order of the changes. The slices
// are valid only during the call. Implementations must neither block nor call the
// store.
type Effects interface {
	// Set: key now has value, until expireAt (ms since the Unix epoch, 0: forever).
	Set(h uint64, key, value []byte, expireAt int64)
	// Delete: key does not exist, and may not have existed before. Evictions and expiries are not reported.
	Delete(h uint64, key []byte)
	// Flush: every key is gone. All shards are locked.
	Flush()
}

// Node is the state that all sessions of a node share. Safe for concurrent use.
type Node struct {
	Options
	store lru.Shards
	table *table
	start time.Time
	runID string
	// machineMemory is determined once, because that reads several files and INFO runs on an event loop.
	machineMemory int64
	effects       Effects
	flush         func(func()) error // nil: none
	refuse        atomic.Uint32      // preconditions that the node does not meet, see needs.go
	fence         fence
	feed          topologyFeed
	holder        holder
	ownerWaits    pauses
	cluster       atomic.Pointer[Cluster] // nil: the node is none of Redis Cluster

	refusing         sync.Mutex // guards the reasons to refuse writes, as follow
	readOnly, lapsed bool       // see SetReadOnly; the fence's time has expired
	unbacked         bool       // see SetUnbacked

	showing sync.Mutex // held while showServing runs

	slowlog SlowLog
	peak    atomic.Int64 // see PeakMemory

	mu       sync.Mutex
	sessions map[uint64]*Session
	loops    []*Loop
	nextID   uint64
	accepted int64 // sessions since the start
	base     totals
	rate     rates
}

// NewNode returns the shared part of a node's sessions.
func NewNode(o Options) *Node {
	n := &Node{
		Options: o,
		store:   o.Store.Shards(),
		effects: o.Effects, flush: o.Flush,
		start: time.Now(),
		runID: runID(),

		machineMemory: lru.AvailableMemory(),
		sessions:      map[uint64]*Session{},
		table:         newTable(o.Commands, o.Dialects),
	}
	if n.Role == "" {
		n.Role = "primary"
	}
	if n.SlowerThan == 0 {
		n.SlowerThan = 10 * time.Millisecond
	}
	n.table.disable(n.Disabled)
	n.refuse.Store(NeverMet)
	slower := n.SlowerThan.Microseconds()
	if n.SlowerThan < 0 {
		slower = -1
	}
	n.slowlog.SetSlowerThan(slower)
	n.slowlog.SetMax(128)
	n.showServing()
	return n
}

// Store is the node's store.
func (n *Node) Store() lru.Shards { return n.store }

// MachineMemory is the memory, in bytes, available to the process when the node was created.
func (n *Node) MachineMemory() int64 { return n.machineMemory }

// RunID returns the identity of this run of the node, for INFO.
func (n *Node) RunID() string { return n.runID }

// runID returns 40 random hexadecimal digits, the form in which clients expect a node's identity.
func runID() string {
	const digits = "0123456789abcdef"
	b := make([]byte, 40)
	for i := range b {
		b[i] = digits[rand.IntN(16)]
	}
	return string(b)
}

// Loop is the scratch space of one goroutine that runs sessions; each event loop
// has one. Not safe for concurrent use.
type Loop struct {
	n      *Node
	c      Call
	gate   writeGate
	batch  Batch
	ahead  ahead
	locked lru.Locked
	held   lru.Locked   // shards of the transaction being executed
	spare  *transaction // for reuse by the next MULTI
	effect []byte       // scratch for the value passed to Effects
	stats  loopStats
	hot    hotKeys
}

// NewLoop returns the scratch space for one goroutine.
func (n *Node) NewLoop() *Loop {
	l := &Loop{n: n, batch: Batch{store: n.store, Args: make([]wire.Span, 0, 256)}}
	l.c.OnError = l.c.countError
	l.stats.init(len(n.table.handlers))
	n.mu.Lock()
	defer n.mu.Unlock()
	n.loops = append(n.loops, l)
	return l
}
