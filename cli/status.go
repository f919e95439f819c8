package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/info"
)

// nodeRow is one line of STATUS. Values that a node does not report are nil.
type nodeRow struct {
	Node       string   `json:"node"`
	Group      string   `json:"group"`
	Address    string   `json:"address"`
	Role       string   `json:"role"`
	State      string   `json:"state"` // up, loading, syncing, no primary, or down
	Keys       *int64   `json:"keys"`
	Memory     *int64   `json:"memory_bytes"`
	MaxMemory  *int64   `json:"max_memory_bytes"`
	HitRatio   *float64 `json:"hit_ratio"`
	OpsPerSec  *int64   `json:"ops_per_second"`
	LagSeconds *float64 `json:"lag_seconds"` // of secondaries
	Epoch      *int64   `json:"epoch"`       // of the group's primary, as the node knows it
	Lost       *int64   `json:"lost_writes"` // acknowledged by the node as a primary and then lost by the group; nil: it is not known how many
	Slots      *int64   `json:"slots"`       // of its group; nil: without etcd, slots do not move
	Version    string   `json:"version"`
	Uptime     *int64   `json:"uptime_seconds"`
	Error      string   `json:"error,omitempty"` // why it is down

	Moves []info.Move `json:"moves,omitempty"` // of slots, from its group to others
}

type statusResult struct {
	rows    []nodeRow
	changes []groupChange // changes of primary, the latest of each group first
	live    int           // nodes that answered
}

func cmdStatus(ctx context.Context, s *session, _ []string) (result, error) {
	r := s.status(ctx)
	if r.live == 0 {
		return r, &unreachableError{"no node answers"}
	}
	return r, nil
}

// status queries every node's state.
func (s *session) status(ctx context.Context) *statusResult {
	ctx, cancel := s.within(ctx)
	defer cancel()
	return rowsOf(s.askNodes(ctx, "INFO", "everything"))
}

// rowsOf reads the answers to INFO. The nodes, not the config, say which of them are primaries.
func rowsOf(answers []nodeAnswer) *statusResult {
	r := &statusResult{}
	var groups []string
	infos := map[string]info.Fields{}            // of primaries, by group
	changes := map[string][]info.PrimaryChange{} // of the member that knows the latest one, by group
	for _, a := range answers {
		row := nodeRow{Node: a.node.ID, Group: a.node.Group, Address: a.node.Address, Role: "secondary", State: "down"}
		if a.node.Primary {
			row.Role = "primary"
		}
		if a.err != nil {
			row.Error = say(a.err)
		} else {
			i := info.Parse(string(a.v.Bytes))
			row.fill(i)
			r.live++
			if row.Role == "primary" && (infos[row.Group] == nil || epochOf(i) > epochOf(infos[row.Group])) {
				infos[row.Group] = i
			}
			if known := i.PrimaryChanges(); later(known, changes[row.Group]) {
				changes[row.Group] = known
			}
		}
		if !slices.Contains(groups, row.Group) {
			groups = append(groups, row.Group)
		}
		r.rows = append(r.rows, row)
	}
	for _, g := range groups {
		for _, c := range changes[g] {
			r.changes = append(r.changes, groupChange{g, c})
		}
	}
	for n := range r.rows {
		row := &r.rows[n]
		if row.Role == "secondary" && row.Error == "" && row.State == "up" {
			if lag := infos[row.Group].LagOf(row.Node, row.Address); lag != nil {
				seconds := lag.Seconds()
				row.LagSeconds = &seconds
			}
		}
	}
	return r
}

// later reports whether a ends with a later change than b or, if they end with the same, has more of them, or the same ones
// since an earlier time: a node that restarts learns of changes late.
func later(a, b []info.PrimaryChange) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) > 0
	}
	same, oldest := a[0].Epoch == b[0].Epoch, len(a)-1
	return a[0].Epoch > b[0].Epoch || same && (len(a) > len(b) || len(a) == len(b) && a[oldest].At.Before(b[oldest].At))
}

// epochOf returns the epoch that a node reports, 0 without one.
func epochOf(i info.Fields) int64 {
	if e := i.Number("epoch"); e != nil {
		return *e
	}
	return 0
}

func (row *nodeRow) fill(i info.Fields) {
	if role := i.Role(); role != "" {
		row.Role = role
	}
	row.State = i.State()
	row.Keys = i.Keys()
	row.Memory = i.Number("used_memory")
	if most := i.Number("maxmemory"); most != nil && *most > 0 {
		row.MaxMemory = most
	}
	row.HitRatio = i.HitRatio()
	row.OpsPerSec = i.Number("instantaneous_ops_per_sec")
	row.Epoch, row.Lost = i.Number("epoch"), i.Number("lost_writes")
	if i["lost_writes_known"] == "0" && row.Lost != nil && *row.Lost == 0 {
		row.Lost = nil
	}
	row.Slots, row.Moves = i.Number("slots_owned"), i.Moves()
	row.Version = i["cachegopher_version"]
	if row.Version == "" {
		row.Version = i["redis_version"]
	}
	row.Uptime = i.Number("uptime_in_seconds")
}

// status tells scripts whether a node is down.
func (r *statusResult) status() int {
	if r.live < len(r.rows) {
		return ExitUnreachable
	}
	return ExitDone
}

// groupChange is a change of a group's primary.
type groupChange struct {
	group string
	info.PrimaryChange
}

func (c groupChange) String() string {
	return fmt.Sprintf("%s: %s became the primary of %s after %s, epoch %d", c.At.Local().Format(time.DateTime), c.To, c.group, c.From, c.Epoch)
}

func (r *statusResult) data() any { return r.rows }
