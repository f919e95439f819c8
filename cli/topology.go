package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// topology shows the topology known to the nodes together; with --config as a config file.
func (s *session) topology(ctx context.Context, args []string) (result, error) {
	asConfig := len(args) == 2 && args[1] == "--config"
	if len(args) > 1 && !asConfig {
		return nil, usagef("usage: TOPOLOGY [--config]")
	}
	all, err := mergeTopologies(s.askNodes(ctx, "TOPOLOGY"))
	if err != nil {
		return nil, err
	}
	document, err := json.MarshalIndent(all, "", "  ")
	if asConfig {
		document, err = s.configOf(all)
	}
	if err != nil {
		return nil, err
	}
	return &valueResult{v: client.Value{Type: '$', Bytes: document}}, nil
}

// mergeTopologies combines the nodes' replies to TOPOLOGY. It returns an error if there is none.
func mergeTopologies(answers []nodeAnswer) (*topology.Topology, error) {
	var all *topology.Topology
	var failed error
	for _, a := range answers {
		received := new(topology.Topology)
		if a.err == nil {
			a.err = json.Unmarshal(a.v.Bytes, received)
		}
		switch {
		case a.err != nil:
			failed = a.err
		case all == nil:
			all = received
		default:
			all = topology.Merge(all, received)
		}
	}
	if all == nil {
		return nil, failed
	}
	return all, nil
}

// configOf returns the config file, updated with the members' current roles. Without a config file it is built from what
// the topology says of the servers.
func (s *session) configOf(t *topology.Topology) ([]byte, error) {
	file := map[string]any{}
	if data, err := os.ReadFile(s.source); err == nil {
		if err := json.Unmarshal(data, &file); err != nil {
			return nil, fmt.Errorf("%s: %w", s.source, err)
		}
	}
	written := map[string]map[string]any{}
	listed, _ := file["servers"].([]any)
	for _, one := range listed {
		if keys, ok := one.(map[string]any); ok {
			id, _ := keys["id"].(string)
			written[id] = keys
		}
	}
	var servers []any
	for _, server := range t.Servers {
		keys := written[server.ID]
		if keys == nil {
			keys = map[string]any{"id": server.ID, "address": server.Addresses}
			if server.TLSAddress != "" {
				keys["tls_address"] = server.TLSAddress
			}
			if server.Zone != "" {
				keys["zone"] = server.Zone
			}
		}
		g, ok := t.GroupOf(server.ID)
		if !ok {
			return nil, fmt.Errorf("server %s belongs to no group", server.ID)
		}
		setRole(keys, server.ID, &g)
		servers = append(servers, keys)
	}
	file["servers"] = servers
	return json.MarshalIndent(file, "", "  ")
}

// setRole sets the keys of a server that depend on its role.
func setRole(keys map[string]any, id string, g *topology.Group) {
	for _, key := range []string{"primary", "secondaries", "weight"} {
		delete(keys, key)
	}
	if id != g.Leader {
		keys["role"], keys["primary"] = "secondary", g.Leader
		return
	}
	keys["role"] = "primary"
	if id != g.Name { // clients place keys by it
		keys["group"] = g.Name
	}
	if len(g.Followers) > 0 {
		keys["secondaries"] = g.Followers
	}
	if g.Weight != 0 {
		keys["weight"] = g.Weight
	}
}
