package node

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// moveStatus is the source of the metrics about moves of slots.
type moveStatus struct {
	topology.Giving
	owned   int
	version uint64 // of the stored assignment; 0: none is stored
}

// moveMetrics declares the metrics that a node with etcd has about slots and their moves, in the order of INFO.
var moveMetrics = []metric.Metric[moveStatus]{
	{Name: "slots_version", Help: "Version of the assignment of slots that is stored in etcd; 0: none is stored, and the ring decides.", Kind: metric.Gauge,
		Section: "cluster", Info: "slots_version", Value: func(st *moveStatus) any { return st.version }},
	{Name: "slots_owned", Help: "Slots that this node's group owns.", Kind: metric.Gauge,
		Section: "cluster", Info: "slots_owned", Value: func(st *moveStatus) any { return st.owned }},
	{Name: "slot_moves", Help: "Moves of slots from this primary to other groups that are under way, wait, or leave entries to be removed.", Kind: metric.Gauge,
		Section: "cluster", Info: "moves", Value: func(st *moveStatus) any { return len(st.Moves) }},
	{Name: "slot_moves_done_total", Help: "Moves of slots that this primary has handed over.", Kind: metric.Counter,
		Section: "cluster", Info: "moves_done", Value: func(st *moveStatus) any { return st.Done }},
	{Name: "slot_moves_failed_total", Help: "Attempts of this primary to move slots that ended without a hand-over; it tries again.", Kind: metric.Counter,
		Section: "cluster", Info: "moves_failed", Value: func(st *moveStatus) any { return st.Failed }},
	{Name: "slot_moves_removed_total", Help: "Entries that this primary has removed after their slots had moved.", Kind: metric.Counter,
		Section: "cluster", Info: "moves_removed", Value: func(st *moveStatus) any { return st.Removed }},
	{Name: "slot_moves_bytes_total", Help: "Bytes that this primary has sent to other groups for moves of slots.", Kind: metric.Counter,
		Section: "cluster", Info: "moves_bytes", Value: func(st *moveStatus) any { return st.Bytes }},
	{Name: "slot_moves_held_seconds", Help: "For how long the last hand-over of slots held this primary's writes.", Kind: metric.Gauge,
		Value: func(st *moveStatus) any { return st.HeldLast.Seconds() }},
	{Name: "slot_moves_held_max_seconds", Help: "The longest time for which a hand-over of slots held this primary's writes.", Kind: metric.Gauge,
		Value: func(st *moveStatus) any { return st.HeldMax.Seconds() }},
	{Section: "cluster", Info: "moves_held_last_us", Value: func(st *moveStatus) any { return st.HeldLast.Microseconds() }},
	{Section: "cluster", Info: "moves_held_max_us", Value: func(st *moveStatus) any { return st.HeldMax.Microseconds() }},
}

// moving reads the metrics about moves, and INFO's line about each of this node's.
func (r *replication) moving() []metric.Reading {
	if r.rebalancer == nil {
		return nil
	}
	now := r.topology.Now()
	st := moveStatus{Giving: r.rebalancer.giving()}
	if now.Slots != nil {
		st.version = now.Slots.Version
	}
	if g, ok := now.GroupOf(r.id); ok {
		st.owned = r.slots.count(now)[g.Name]
	}
	all := metric.Read(moveMetrics, &st)
	for i := range st.Moves {
		all = append(all, metric.Reading{Section: "cluster", Info: "move" + strconv.Itoa(i), Value: moveLine(&st.Moves[i])})
	}
	return all
}

// moveLine is INFO's line about a move, which info.Fields.Moves reads.
func moveLine(m *topology.MoveProgress) string {
	return fmt.Sprintf("id=%s,from=%s,to=%s,slots=%d,state=%s,walked=%.4f,bytes=%d,rate=%.0f,left_ms=%d,attempts=%d,since=%s,error=%s",
		m.ID, m.From, m.To, m.Slots, m.State, m.Walked, m.Bytes, m.Rate, m.Left.Milliseconds(), m.Attempts, m.Since.UTC().Format(time.RFC3339Nano),
		strings.NewReplacer(",", ";", "\r", " ", "\n", " ").Replace(m.LastError))
}
