package node

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/session"
)

// The fields of INFO replication and ROLE have the names that Redis clients know.

// hostPort returns the first TCP address of a server.
func (r *replication) hostPort(id string) (host, port string) {
	n, _ := r.topology.Load().Server(id)
	for _, a := range n.Addresses {
		if h, p, err := net.SplitHostPort(where(a)); err == nil {
			return h, p
		}
	}
	return "", "0"
}

// Info returns the fields of INFO replication.
func (r *replication) Info() []session.Field {
	p, s := r.member.Part()
	if s != nil {
		return r.secondaryInfo(s.Status(r.now()))
	}
	return r.primaryInfo(p.Status(r.now()))
}

// linkStates maps states of a link to Redis's names.
var linkStates = map[string]string{"waiting": "wait_bgsave", "full sync": "send_bulk"}

func redisState(state string) string {
	if s, ok := linkStates[state]; ok {
		return s
	}
	return state
}

func connected(l replica.LinkStatus) bool { return l.State != "down" && l.State != "connecting" }

func (r *replication) primaryInfo(st replica.PrimaryStatus) []session.Field {
	var slaves []session.Field
	for _, l := range st.Links {
		if !connected(l) {
			continue
		}
		host, port := r.hostPort(l.ID)
		slaves = append(slaves, session.Field{Name: "slave" + strconv.Itoa(len(slaves)), Value: fmt.Sprintf(
			"ip=%s,port=%s,state=%s,offset=%d,lag=%d,id=%s,lag_bytes=%d,lag_ms=%d", host, port, redisState(l.State), l.Acked,
			int(l.Heard.Seconds()), l.ID, l.LagBytes, l.LagTime.Milliseconds())})
	}
	prior, second := strings.Repeat("0", 40), int64(-1)
	if st.Prior.Complete {
		prior, second = st.Prior.IDText(), int64(st.Prior.Offset)
	}
	failover := "no-failover"
	if r.member.HandingOver() {
		failover = "waiting-for-sync"
	}
	f := append([]session.Field{{Name: "connected_slaves", Value: len(slaves)}}, slaves...)
	return append(f, []session.Field{
		{Name: "configured_slaves", Value: len(st.Links)},
		{Name: "master_failover_state", Value: failover},
		{Name: "master_replid", Value: st.History.IDText()},
		{Name: "master_replid2", Value: prior},
		{Name: "master_repl_offset", Value: st.Offset},
		{Name: "second_repl_offset", Value: second},
		{Name: "repl_backlog_active", Value: 1},
		{Name: "repl_backlog_size", Value: st.LogSize},
		{Name: "repl_backlog_first_byte_offset", Value: st.LogFrom},
		{Name: "repl_backlog_histlen", Value: st.Offset - st.LogFrom},
		{Name: "repl_batches", Value: st.Counts.Batches},
		{Name: "repl_bytes", Value: st.Counts.Bytes},
		{Name: "repl_reconnects", Value: st.Counts.Reconnects},
		{Name: "recovering_from", Value: st.Fetching.From},
		{Name: "recovered_perc", Value: percent(st.Fetching.Arrived, st.Fetching.Entries)},
		{Name: "recovered_bytes", Value: st.Fetching.Bytes},
	}...)
}

func percent(n, of int64) string {
	return fmt.Sprintf("%.2f", 100*min(float64(n)/float64(max(of, 1)), 1))
}

func (r *replication) secondaryInfo(st replica.SecondaryStatus) []session.Field {
	host, port := r.hostPort(st.Primary)
	link, heard := "down", int64(-1)
	if st.InStep {
		link = "up"
	}
	if st.Linked {
		heard = int64(st.Heard.Seconds())
	}
	syncing := 0
	if st.Syncing {
		syncing = 1
	}
	f := []session.Field{
		{Name: "master_host", Value: host},
		{Name: "master_port", Value: port},
		{Name: "master_id", Value: st.Primary},
		{Name: "master_link_status", Value: link},
		{Name: "master_last_io_seconds_ago", Value: heard},
		{Name: "master_sync_in_progress", Value: syncing},
		{Name: "slave_read_repl_offset", Value: st.Position.Offset},
		{Name: "slave_repl_offset", Value: st.Position.Offset},
		{Name: "slave_lag_ms", Value: st.Lag.Milliseconds()},
	}
	if st.Syncing {
		seconds := max(st.SyncTime.Seconds(), 1e-3)
		f = append(f, []session.Field{
			{Name: "master_sync_total_bytes", Value: st.Size},
			{Name: "master_sync_read_bytes", Value: st.Bytes},
			{Name: "master_sync_left_bytes", Value: max(st.Size-st.Bytes, 0)},
			{Name: "master_sync_perc", Value: percent(st.Arrived, st.Entries)},
			{Name: "master_sync_mb_per_second", Value: fmt.Sprintf("%.1f", float64(st.Bytes)/1e6/seconds)},
		}...)
	}
	if !st.Linked {
		f = append(f, session.Field{Name: "master_link_down_since_seconds", Value: int64(st.Down.Seconds())})
	}
	return append(f, []session.Field{
		{Name: "slave_priority", Value: 100},
		{Name: "slave_read_only", Value: 1},
		{Name: "replica_announced", Value: 1},
		{Name: "connected_slaves", Value: 0},
		{Name: "master_failover_state", Value: "no-failover"},
		{Name: "master_replid", Value: st.Position.IDText()},
		{Name: "master_repl_offset", Value: st.Position.Offset},
		{Name: "second_repl_offset", Value: -1},
		{Name: "repl_backlog_active", Value: 0},
	}...)
}

// Stats returns the lines of STATS about replication.
func (r *replication) Stats() []session.Field {
	p, s := r.member.Part()
	if s != nil {
		st := r.secondaryStatus(s)
		return statsFields(secondaryMetrics, &st)
	}
	st := p.Status(r.now())
	f := statsFields(primaryMetrics, &st)
	for _, l := range st.Links {
		f = append(f, session.Field{Name: "replication_" + l.ID, Value: fmt.Sprintf("%s offset %d lag_bytes %d lag_ms %d",
			strings.ReplaceAll(l.State, " ", "-"), l.Acked, l.LagBytes, l.LagTime.Milliseconds())})
	}
	return f
}

// Syncs counts full and partial syncs.
func (r *replication) Syncs() (full, partial int64) {
	p, s := r.member.Part()
	if s != nil {
		st := s.Status(r.now())
		return st.Counts.FullSyncs, st.Counts.PartialSyncs
	}
	st := p.Status(r.now())
	return st.Counts.FullSyncs, st.Counts.PartialSyncs
}

// Role returns the reply to ROLE.
func (r *replication) Role() session.Role {
	p, s := r.member.Part()
	if s != nil {
		st := s.Status(r.now())
		host, port := r.hostPort(st.Primary)
		n, _ := strconv.Atoi(port)
		state := "connect"
		if st.InStep {
			state = "connected"
		} else if st.Linked {
			state = "sync"
		}
		return session.Role{Secondary: true, Host: host, Port: n, State: state, Offset: int64(st.Position.Offset)}
	}
	st := p.Status(r.now())
	role := session.Role{Offset: int64(st.Offset)}
	for _, l := range st.Links {
		if connected(l) {
			host, port := r.hostPort(l.ID)
			role.Peers = append(role.Peers, session.Peer{Host: host, Port: port, Offset: strconv.FormatUint(l.Acked, 10)})
		}
	}
	return role
}
