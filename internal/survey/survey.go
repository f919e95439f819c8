// Package survey asks every server of a topology how it is, for those who show that: the command line
// and the status page.
package survey

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/millis"
)

// Unknown stands for a figure that the server did not tell.
const Unknown = -1

// Server is a server as the configuration names it, and what it answered.
type Server struct {
	ID, Group, Address string
	Primary            bool // as configured
	// Err says why the server could not be asked; nil when it answered.
	Err error

	Version      string
	Role         string // primary or secondary, as it sees itself
	Uptime       time.Duration
	Keys         int64
	UsedBytes    int64
	MaxBytes     int64 // 0: no budget of bytes
	Hits, Misses int64
	Evictions    int64
	OpsPerSecond float64
	Clients      int64
	Lag          time.Duration // of a secondary behind its primary; Unknown
	LagBytes     int64         // the same in bytes of the replication log; Unknown
	Link         string        // of a secondary: up, down, syncing; of a primary: empty
	Info         Info
}

// All asks all servers that c knows, at once, and returns them in the order of the configuration. A
// server that does not answer while ctx lasts is told of as such.
func All(ctx context.Context, c *client.Client) []Server {
	nodes := c.Nodes()
	servers := make([]Server, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		servers[i] = Server{ID: n.ID, Group: n.Group, Address: n.Address, Primary: n.Primary, Lag: Unknown, LagBytes: Unknown}
		wg.Go(func() { servers[i].ask(ctx, c) })
	}
	wg.Wait()
	relate(servers)
	return servers
}

func (s *Server) ask(ctx context.Context, c *client.Client) {
	v, err := c.DoNode(ctx, s.ID, "INFO", "everything")
	if err == nil {
		err = v.Err()
	}
	if err != nil {
		s.Err = fmt.Errorf("ask %s: %w", s.ID, err)
		return
	}
	s.read(Parse(v.Text()))
}

// Problem says in a few words why the server told nothing, for who is woken by it; empty if it did.
func (s *Server) Problem() string {
	var refused *client.ServerError
	switch err := s.Err; {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return "refuses: " + refused.Message
	case errors.Is(err, client.ErrTimeout), errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	default: // the innermost cause; where it happened is said beside
		for inner := err; inner != nil; inner = errors.Unwrap(inner) {
			err = inner
		}
		return err.Error()
	}
}

// read takes from INFO what it has.
func (s *Server) read(info Info) {
	s.Info = info
	s.Version = info["cachegopher_version"]
	s.Role = info.Role()
	s.Uptime = time.Duration(number(info["uptime_in_seconds"])) * time.Second
	s.UsedBytes, s.MaxBytes = number(info["used_memory"]), number(info["maxmemory"])
	s.Hits, s.Misses = number(info["keyspace_hits"]), number(info["keyspace_misses"])
	s.Evictions, s.Clients = number(info["evicted_keys"]), number(info["connected_clients"])
	s.OpsPerSecond = float64(number(info["instantaneous_ops_per_sec"]))
	s.Keys = *info.Keys()
	switch {
	case s.Role != "secondary":
	case info["master_sync_in_progress"] == "1":
		s.Link = "syncing"
	default:
		s.Link = info["master_link_status"]
	}
}

// relate finds out how far secondaries are behind, from what their primaries say.
func relate(servers []Server) {
	offset := map[string]int64{}
	for _, s := range servers {
		if s.Err == nil && s.Role == "primary" {
			offset[s.Group] = number(s.Info["master_repl_offset"])
		}
	}
	for i := range servers {
		s := &servers[i]
		head, known := offset[s.Group]
		if s.Err != nil || s.Role != "secondary" || s.Link != "up" || !known {
			continue
		}
		if at, ok := s.Info["slave_repl_offset"]; ok {
			s.LagBytes = max(head-number(at), 0)
		}
		if ms, ok := s.Info["slave_lag_ms"]; ok {
			s.Lag = millis.Duration(number(ms))
		}
	}
}

// number is 0 for what is none.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
