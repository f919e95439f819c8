// Package config reads the one file that describes a CacheGopher topology. Nodes, clients and tools
// read the same file: how the client behaves, which servers there are, who is whose primary, and
// what budgets and limits each server has.
//
// Load is all that a daemon needs; Parse does the same without touching disk or network. Either
// returns every fault it found as Errors. keys.go is the list of everything a file may say.
package config

import (
	"io/fs"
	"time"
)

// Roles of a server.
const (
	Primary   = "primary"
	Secondary = "secondary"
)

// FileName is how a config file is called where none is named.
const FileName = "cacheGopherConfig.json"

// DefaultAddress is where a node listens that has no config.
const DefaultAddress = "127.0.0.1:31337"

// File is a config as read, defaults filled in. A program that builds one itself calls EnsureDefaults
// and then Validate.
type File struct {
	Path       string // as given to Load; empty for a File built by a program
	ClientConf ClientConf
	Common     Settings // what "common" says; servers hold copies with their own keys put over it
	Security   Security
	Servers    []Node
	Logging    Logging
	// Warnings are lines about what may or may not be a fault, such as a name server that did not
	// answer.
	Warnings []string

	lines map[string]int // line of each value by its path
}

// ClientConf is what clients obey.
type ClientConf struct {
	ConnectionTimeout time.Duration // age at which a connection is replaced
	KeepAliveInterval time.Duration // of TCP keepalive
	UnHealthyInterval time.Duration // how long a failing node is set aside
}

// Node is one server with its effective values.
type Node struct {
	ID          string
	Group       string   // id of its primary, its own when it is one; set by EnsureDefaults
	Role        string   // Primary or Secondary
	Addresses   []string // host:port or unix:///path, one or more; see SplitAddress
	TLSAddress  string   // host:port of the listener with TLS; empty: none
	Primary     string   // of a secondary: the id of its primary
	Secondaries []string // of a primary: the ids of its secondaries
	Weight      int64    // of a primary: its group's share of the keys relative to others'; 0: 1
	Zone        string   // where it is, for clients that read from the nearest; may be empty
	Settings
}

// Settings are the keys of "common", which a server may override.
type Settings struct {
	Production           bool          // no log on standard output
	EvictionPolicy       string        // "LRU"
	MaxSize              int64         // entries; 0: as many as MaxMemory holds
	MaxMemory            int64         // bytes; 0: as many as MaxSize needs, or a share of the machine's without that either
	EventLoops           int64         // 0: one a core
	MaxConnections       int64         // of clients at a time
	UnixSocketMode       fs.FileMode   // permissions of unix sockets; 0: what the umask leaves
	IdleTimeout          time.Duration // after which a silent connection is closed; 0: never
	TCPKeepAlive         time.Duration // of silence before the system probes a peer
	ClientBuffers        int64         // bytes that the buffers of all connections may hold together
	ReplicationLog       int64         // bytes of the log of a primary that has secondaries
	ReplicationBatch     int64         // bytes that are sent to a secondary at once, about
	ReplicationDelay     time.Duration // how long a write waits for others to be sent with it
	ReplicationHeartbeat time.Duration // after three of which a silent peer is given up
	RecoverTimeout       time.Duration // how long a recovery may take
	AllowDebug           bool          // DEBUG SLEEP, which holds up an event loop
	AdminAddress         string        // host:port of the admin listener; empty: none
	AdminNames           []string      // host names that the admin listener answers to, beside those of the addresses
	AdminProfiling       bool          // the admin listener serves /debug/pprof
	AdminShowKeys        bool          // the status page may show keys
}

// Logging says what is logged and where to.
type Logging struct {
	Level string // debug, info, warn or error
	File  string // JSON lines are appended to it; empty: none
}

// EnsureDefaults puts the default in place of every zero value and sets Group.
func (f *File) EnsureDefaults() {
	fillObject(fileKeys, f)
	for i := range f.Servers {
		f.Servers[i].ensureDefaults()
	}
}

func (n *Node) ensureDefaults() {
	fillObject(serverKeys, n)
	n.Group = n.Primary
	if n.Role == Primary {
		n.Group = n.ID
	}
}

// Standalone is the node that runs without any config: a primary without secondaries.
func Standalone() Node {
	n := Node{ID: "standalone", Role: Primary, Addresses: []string{DefaultAddress}}
	n.ensureDefaults()
	return n
}

// Node returns the server called id. An empty id means the only server there is. The error lists the
// known ids.
func (f *File) Node(id string) (Node, error) {
	if id == "" && len(f.Servers) == 1 {
		return f.Servers[0], nil
	}
	for _, n := range f.Servers {
		if n.ID == id {
			return n, nil
		}
	}
	if id == "" {
		return Node{}, &Error{File: f.Path, What: "it has several servers and none is chosen", Remedy: "known: " + joinIDs(f.Servers, "")}
	}
	return Node{}, &Error{File: f.Path, What: "no server has id " + quote(id), Remedy: "known: " + joinIDs(f.Servers, "")}
}
