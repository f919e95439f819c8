// Package config reads the config file, which describes a whole topology. Nodes, clients and tools read the same file.
//
// Load reads, checks and resolves a file; Parse does the same without disk and network. Both return every fault that they
// find as Errors. The keys methods of the types are the tables of all keys; docs/config.md is generated from them.
package config

import (
	"cmp"
	"encoding/json"
	"io"
	"time"
)

const day = 24 * time.Hour

// Roles of a server.
const (
	Primary   = "primary"
	Secondary = "secondary"
)

// FileName is the name of the config file that Find looks for.
const FileName = "cacheGopherConfig.json"

// DefaultAddress is the address of a node without a config.
const DefaultAddress = "127.0.0.1:31337"

// File is a config as read, defaults filled in. A program that builds one itself calls EnsureDefaults
// and then Validate.
type File struct {
	Path         string // as given to Load; empty for a File built by a program
	ClientConf   ClientConf
	Common       Settings // the values of "common"; each server has a copy, overridden by its own keys
	Security     Security
	Servers      []Node
	Coordination Coordination
	Logging      Logging
	// Warnings are lines about possible faults, such as a name server that did not reply.
	Warnings []string

	lines map[string]int // line of each value by its path
}

func (f *File) keys() table {
	return table{
		{name: "clientConf", field: &f.ClientConf, kind: inner{}},
		{name: "common", field: &f.Common, kind: inner{}},
		{name: "security", field: &f.Security, kind: inner{}},
		{name: "servers", field: &f.Servers, kind: list[Node, *Node]{"servers", func() Node { return Node{Settings: f.Common} }}},
		{name: "coordination", field: &f.Coordination, kind: given{}},
		{name: "logging", field: &f.Logging, kind: inner{}},
	}
}

// ClientConf configures the connections of clients.
type ClientConf struct {
	ConnectionTimeout time.Duration
	KeepAliveInterval time.Duration
	UnHealthyInterval time.Duration
}

func (c *ClientConf) keys() table {
	return table{
		{"connectionTimeout", &c.ConnectionTimeout, duration(time.Second, 365*day), 300 * time.Second, ByClients, "the age at which a client replaces a connection"},
		{"keepAliveInterval", &c.KeepAliveInterval, duration(time.Second, day), 15 * time.Second, ByClients, "the interval of a client's TCP keepalive probes"},
		{"unHealthyInterval", &c.UnHealthyInterval, duration(time.Millisecond, day), 30 * time.Second, ByClients, "how long a client sets a failing node aside"},
	}
}

// Logging configures the level and the file of the log.
type Logging struct {
	Level string
	File  string // empty: no file
}

func (l *Logging) keys() table {
	return table{
		{"level", &l.Level, choice("debug", "info", "warn", "error"), "info", OnReload, "the least severe level that is logged"},
		{"file", &l.File, text("the path of a file"), nil, AtStart, "the node appends its log to this file as lines of JSON; SIGHUP reopens it"},
	}
}

// EnsureDefaults replaces every zero value by its default, and sets Group.
func (f *File) EnsureDefaults() {
	f.keys().fill()
	groups := make(map[string]string) // of the primaries
	for i := range f.Servers {
		if n := &f.Servers[i]; n.Role == Primary {
			n.Group = cmp.Or(n.Group, n.ID)
			groups[n.ID] = n.Group
		}
	}
	for i := range f.Servers {
		if n := &f.Servers[i]; n.Role != Primary {
			n.Group = cmp.Or(n.Group, groups[n.Primary], n.Primary)
		}
	}
}

// Standalone returns the node that runs without a config: a primary without secondaries.
func Standalone() Node {
	n := Node{ID: "standalone", Role: Primary, Addresses: []string{DefaultAddress}}
	n.keys().fill()
	n.Group = n.ID
	return n
}

// Node returns the server called id. An empty id means the only server of the file. The error lists the
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

// WriteEffective writes f as a config file without defaults: each server has all its effective
// values. Load reads it back as the same topology.
func (f *File) WriteEffective(w io.Writer) error { return writeJSON(w, f.keys()) }

// WriteEffective writes the effective values of one server.
func (n *Node) WriteEffective(w io.Writer) error { return writeJSON(w, n.keys()) }

func writeJSON(w io.Writer, t table) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(t)
}
