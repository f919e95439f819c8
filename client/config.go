package client

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// Config describes the groups of a cache. With a config file it is not needed: see
// WithConfigFile.
type Config struct {
	Groups []Group

	// ConnMaxAge, KeepAlive and UnhealthyInterval are the config file's
	// connectionTimeout, keepAliveInterval and unHealthyInterval. 0 leaves the
	// client's default or option in force.
	ConnMaxAge        time.Duration
	KeepAlive         time.Duration
	UnhealthyInterval time.Duration
}

// Group is one primary and its secondaries.
type Group struct {
	// ID decides where keys go: it must not change when members or addresses do.
	ID string
	// Weight is the group's share of the keys relative to others'; 0 means 1.
	Weight int
	// Members are the nodes, the primary first.
	Members []Member
}

// Member is one node of a group.
type Member struct {
	ID      string
	Address string // host:port or unix:///path
	// More are further addresses of the same node. A dial tries all in turn: first the
	// unix sockets that exist on this machine, then the others.
	More []string
	// TLSAddress is the address that accepts TLS, for WithTLS; empty: Address.
	TLSAddress string
	Zone       string // its zone, for WithReads(ReadNearest); may be empty
}

// servers makes each address a group of one node.
func servers(addresses []string) Config {
	var cfg Config
	for _, a := range addresses {
		cfg.Groups = append(cfg.Groups, Group{ID: a, Members: []Member{{ID: a, Address: a}}})
	}
	return cfg
}

// ReadConfig reads the JSON file that WithConfigFile takes. Host names in it are resolved
// only when a node is dialled.
func ReadConfig(path string) (Config, error) {
	t, err := topology.File{Path: path}.Read()
	if err != nil {
		return Config{}, err
	}
	return fromTopology(t), nil
}

func fromTopology(t *topology.Topology) Config {
	cfg := Config{
		ConnMaxAge:        t.Client.ConnectionTimeout,
		KeepAlive:         t.Client.KeepAliveInterval,
		UnhealthyInterval: t.Client.UnHealthyInterval,
	}
	for _, from := range t.Groups {
		g := Group{ID: from.Name, Weight: int(from.Weight)}
		for _, s := range t.Servers { // the leader first, the others in the config's order
			switch {
			case s.ID == from.Leader:
				g.Members = slices.Insert(g.Members, 0, memberOf(s))
			case s.Group == from.Name:
				g.Members = append(g.Members, memberOf(s))
			}
		}
		cfg.Groups = append(cfg.Groups, g)
	}
	return cfg
}

func memberOf(s topology.Server) Member {
	return Member{ID: s.ID, Address: s.Addresses[0], More: s.Addresses[1:], TLSAddress: s.TLSAddress, Zone: s.Zone}
}

// check returns an error for a config that cannot work.
func (cfg *Config) check() error {
	if cfg.ConnMaxAge < 0 || cfg.KeepAlive < 0 || cfg.UnhealthyInterval < 0 {
		return errors.New("a duration in the config is negative")
	}
	seen := make(map[string]bool)
	for _, g := range cfg.Groups {
		if len(g.Members) == 0 {
			return fmt.Errorf("group %q has no members", g.ID)
		}
		if len(g.Members) > maxMembers {
			return fmt.Errorf("group %q has %d members, the limit is %d", g.ID, len(g.Members), maxMembers)
		}
		for _, m := range g.Members {
			switch {
			case m.ID == "" || m.Address == "":
				return fmt.Errorf("group %q has a member without id or address", g.ID)
			case seen[m.ID]:
				return fmt.Errorf("two members have the id %q", m.ID)
			}
			seen[m.ID] = true
			if err := m.checkAddresses(); err != nil {
				return fmt.Errorf("group %q, member %q: %w", g.ID, m.ID, err)
			}
		}
	}
	return nil
}

// clone returns a copy that shares no memory with cfg.
func (cfg Config) clone() Config {
	cfg.Groups = slices.Clone(cfg.Groups)
	for i := range cfg.Groups {
		g := &cfg.Groups[i]
		g.Members = slices.Clone(g.Members)
		for j := range g.Members {
			g.Members[j].More = slices.Clone(g.Members[j].More)
		}
	}
	return cfg
}

func (cfg *Config) ring() (*ring.Ring, error) {
	gs := make([]ring.Group, len(cfg.Groups))
	for i, g := range cfg.Groups {
		gs[i] = ring.Group{ID: g.ID, Weight: g.Weight}
	}
	return ring.New(gs)
}

// Ring returns the placement of keys on the config's groups, which is the same in every client.
func (cfg Config) Ring() (*ring.Ring, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return cfg.ring()
}
