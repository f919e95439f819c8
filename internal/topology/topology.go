// Package topology describes the servers, the leader and the followers of each group, and the placement of keys. Nodes and
// clients listen to one Source. The first is the config file, which operators change; another one may elect leaders. A
// group's epoch rises with each change of its leader at run time: the higher epoch is right.
package topology

import (
	"context"
	"slices"

	"github.com/cachegopher/cachegopher/internal/config"
)

// Source provides the topology and its changes. Safe for concurrent use.
type Source interface {
	// Read returns the current topology, which must not be changed. After an error the previous topology
	// stays in force.
	Read() (*Topology, error)
	// Watch calls changed, from one goroutine, whenever Read may return something else, until ctx is done.
	Watch(ctx context.Context, changed func())
}

// Topology describes servers and groups at one time. Its JSON is the reply of TOPOLOGY.
type Topology struct {
	Version uint64 // rises with each change of servers and members; 0: the config file decides on these
	Servers []Server
	Groups  []Group           // in the order of their leaders in the config
	Client  config.ClientConf // settings of clients
	Slots   *Slots            // who owns the slots; nil: the ring of all groups decides
	Moves   []Move            // under way; none without Slots
}

// Server is a node's identity and addresses.
type Server struct {
	ID         string
	Group      string // the Name of its group
	Addresses  []string
	TLSAddress string // empty: none
	Zone       string
}

// Group holds one part of the keys.
type Group struct {
	Name      string   // places keys: a group with another name has other keys
	Weight    int64    // its share of the keys relative to others'; 0: 1
	Leader    string   // id of the server that accepts writes
	Followers []string // ids of the others
	Epoch     uint64   // in which Leader leads; 0: the config decides
}

// Members returns the ids of all servers of the group, the leader first.
func (g *Group) Members() []string { return append([]string{g.Leader}, g.Followers...) }

// Others returns the ids of the group's servers but id, the leader first.
func (g *Group) Others(id string) []string {
	return slices.DeleteFunc(g.Members(), func(other string) bool { return other == id })
}

// Of returns the topology of a config.
func Of(f *config.File) *Topology {
	t := &Topology{Client: f.ClientConf}
	for _, n := range f.Servers {
		t.Servers = append(t.Servers, Server{n.ID, n.Group, n.Addresses, n.TLSAddress, n.Zone})
		if n.Role != config.Primary {
			continue
		}
		t.Groups = append(t.Groups, Group{Name: n.Group, Weight: n.Weight, Leader: n.ID, Followers: n.Secondaries})
	}
	return t
}

// Server returns the server called id; ok is false if there is none.
func (t *Topology) Server(id string) (s Server, ok bool) {
	if i := slices.IndexFunc(t.Servers, func(s Server) bool { return s.ID == id }); i >= 0 {
		return t.Servers[i], true
	}
	return Server{}, false
}

// GroupOf returns the group of the server called id; ok is false if there is none.
func (t *Topology) GroupOf(id string) (g Group, ok bool) {
	s, ok := t.Server(id)
	if !ok {
		return Group{}, false
	}
	i := slices.IndexFunc(t.Groups, func(g Group) bool { return g.Name == s.Group })
	if i < 0 {
		return Group{}, false
	}
	return t.Groups[i], true
}

// Moved returns the ids of servers that both have, at different addresses.
func Moved(before, now *Topology) (ids []string) {
	for _, was := range before.Servers {
		is, ok := now.Server(was.ID)
		if ok && (!slices.Equal(was.Addresses, is.Addresses) || was.TLSAddress != is.TLSAddress) {
			ids = append(ids, was.ID)
		}
	}
	return ids
}
