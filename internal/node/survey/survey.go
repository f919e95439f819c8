// Package survey asks every server of a topology for INFO, for the status page.
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
	"github.com/cachegopher/cachegopher/internal/info"
	"github.com/cachegopher/cachegopher/internal/millis"
)

// Unknown stands for a figure that the server did not report.
const Unknown = -1

// Server is a server of the config and its answer.
type Server struct {
	ID, Group, Address string
	Primary            bool // as configured
	// Err is why the server did not answer; nil if it did.
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
	Epoch        int64         // of the group's primary
	LostWrites   int64         // writes that the server acknowledged as a primary and that the group lacks
	Changes      []info.PrimaryChange
	Slots        int64 // of its group; Unknown without etcd
	SlotsVersion int64 // of the assignment of slots
	Moves        []info.Move
	HeldLast     time.Duration // for which the last hand-over of slots held its writes; Unknown: there was none
	Info         info.Fields
}

// All asks every server that c knows, concurrently, and returns them in the order of the config. Err is set for a server
// that has not answered when ctx ends.
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
	s.read(info.Parse(v.Text()))
}

// Problem returns Err in a few words for an operator; empty if the server answered.
func (s *Server) Problem() string {
	var refused *client.ServerError
	switch err := s.Err; {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return "refuses: " + refused.Message
	case errors.Is(err, client.ErrTimeout), errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	default: // the innermost cause: the page names the server beside it
		for inner := err; inner != nil; inner = errors.Unwrap(inner) {
			err = inner
		}
		return err.Error()
	}
}

// read sets the answer from the fields of the server's INFO reply.
func (s *Server) read(fields info.Fields) {
	s.Info = fields
	s.Version = fields["cachegopher_version"]
	s.Role = fields.Role()
	s.Uptime = time.Duration(number(fields["uptime_in_seconds"])) * time.Second
	s.UsedBytes, s.MaxBytes = number(fields["used_memory"]), number(fields["maxmemory"])
	s.Hits, s.Misses = number(fields["keyspace_hits"]), number(fields["keyspace_misses"])
	s.Evictions, s.Clients = number(fields["evicted_keys"]), number(fields["connected_clients"])
	s.OpsPerSecond = float64(number(fields["instantaneous_ops_per_sec"]))
	s.Keys = *fields.Keys()
	s.Epoch, s.LostWrites, s.Changes = number(fields["epoch"]), number(fields["lost_writes"]), fields.PrimaryChanges()
	s.Slots, s.HeldLast, s.Moves = Unknown, Unknown, fields.Moves()
	if owned := fields.Number("slots_owned"); owned != nil {
		s.Slots, s.SlotsVersion = *owned, number(fields["slots_version"])
	}
	if number(fields["moves_done"]) > 0 {
		s.HeldLast = time.Duration(number(fields["moves_held_last_us"])) * time.Microsecond
	}
	switch {
	case s.Role != "secondary":
	case fields["master_sync_in_progress"] == "1":
		s.Link = "syncing"
	default:
		s.Link = fields["master_link_status"]
	}
}

// relate computes the secondaries' lag behind their primaries.
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

// number returns 0 for a text that is not a number.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}
