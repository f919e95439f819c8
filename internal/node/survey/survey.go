// Package survey asks every server of a topology for INFO and MEMORY CURVE, for the status page.
package survey

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/internal/curve"
	"github.com/cachegopher/cachegopher/internal/info"
	"github.com/cachegopher/cachegopher/internal/millis"
	"github.com/cachegopher/cachegopher/internal/wire"
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
	Curve        *curve.Curve // nil: the server does not say what it predicts
}

// All asks every server for INFO and MEMORY CURVE, concurrently, by ask with its place in the list and the request, and fills
// in the answers. Err is set for a server that does not answer, or not before ctx ends.
func All(ctx context.Context, servers []Server, ask func(ctx context.Context, i int, args ...string) (string, error)) {
	var wg sync.WaitGroup
	for i := range servers {
		s := &servers[i]
		s.Lag, s.LagBytes = Unknown, Unknown
		wg.Go(func() {
			s.ask(func(args ...string) (string, error) { return ask(ctx, i, args...) })
		})
	}
	wg.Wait()
	relate(servers)
}

func (s *Server) ask(ask func(args ...string) (string, error)) {
	text, err := ask("INFO", "everything")
	if err != nil {
		s.Err = err
		return
	}
	s.read(info.Parse(text))
	if text, err = ask("MEMORY", "CURVE"); err != nil {
		return // an older release has no curve, a full node does not show it, and the rest is known
	}
	var predicted curve.Curve
	if json.Unmarshal([]byte(text), &predicted) == nil {
		s.Curve = &predicted
	}
}

// Problem returns Err in a few words for an operator; empty if the server answered.
func (s *Server) Problem() string {
	var refused wire.ErrorReply
	switch err := s.Err; {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return "refuses: " + string(refused)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
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
