package node

import (
	"net"
	"strconv"

	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/session"
)

// hostPort returns the first TCP address of a server.
func (r *replication) hostPort(id string) (host, port string) {
	n, _ := r.topology.Now().Server(id)
	for _, a := range n.Addresses {
		if h, p, err := net.SplitHostPort(where(a)); err == nil {
			return h, p
		}
	}
	return "", "0"
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
		return session.Role{Secondary: true, Host: host, Port: n, State: state, History: st.Position.IDText(), Offset: int64(st.Position.Offset)}
	}
	st := p.Status(r.now())
	role := session.Role{History: st.History.IDText(), Offset: int64(st.Offset)}
	for _, l := range st.Links {
		if connected(l) {
			host, port := r.hostPort(l.ID)
			role.Peers = append(role.Peers, session.Peer{Host: host, Port: port, Offset: strconv.FormatUint(l.Acked, 10)})
		}
	}
	return role
}
