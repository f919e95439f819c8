//go:build linux

package cluster

import (
	"fmt"
	"maps"
	"path/filepath"
	"syscall"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// server is an entry of a config.
type server struct {
	nodeprocess.Member
	Group  string `json:"group"`
	Weight *int   `json:"weight,omitempty"`
}

// Configure writes the configs of all nodes.
func (c *Cluster) Configure() error {
	var servers []server
	for _, g := range c.Groups[:c.configured] {
		for _, m := range g.Members(0) {
			s := server{Member: m, Group: Name(g)}
			if weight, ok := c.Weights[s.Group]; ok && m.Role == "primary" {
				s.Weight = &weight
			}
			servers = append(servers, s)
		}
	}
	common := map[string]any{"production": true, "event_loops": 1, "max_memory": "256MB", "state_directory": filepath.Join(c.folder, "state")}
	maps.Copy(common, c.o.Common)
	for _, g := range c.Groups {
		g.Sections = map[string]any{
			"servers":      servers,
			"common":       common,
			"coordination": map[string]any{"etcd": []string{"http://" + c.Etcd.Address}, "cluster": "bench", "failover_after": c.o.After.String()},
			"logging":      map[string]any{"level": "info"},
		}
		if err := g.WriteConfigs(); err != nil {
			return err
		}
	}
	return nil
}

// Reload writes the configs and has all nodes read them again.
func (c *Cluster) Reload() error {
	if err := c.Configure(); err != nil {
		return err
	}
	for _, n := range c.Nodes() {
		if err := n.Process.Signal(syscall.SIGHUP); err != nil {
			return fmt.Errorf("node %s: %w", n.ID, err)
		}
	}
	return nil
}
