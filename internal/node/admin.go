package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/internal/node/survey"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/admin"
	"github.com/cachegopher/cachegopher/server/session"
)

// adminListener serves operators at admin_address. A nil one does nothing.
type adminListener struct {
	admin    *admin.Admin
	listener net.Listener
	log      *logging.Logger
	signsIn  bool // nodes sign in at each other; after wrong passwords their replies are delayed more and more
	sec      *security
	topology *topology.Live // its servers are asked for the status page
}

// newAdminListener opens the listener at once, so that a wrong address is an error of New.
func newAdminListener(s *Setup, node *session.Node, srv *server.Server, sec *security, repl *replication, live *topology.Live, log *logging.Logger) (*adminListener, error) {
	if s.Node.AdminAddress == "" {
		return nil, nil
	}
	o := &adminListener{log: log, signsIn: sec.NodePasswordFile != "", sec: sec, topology: live}
	opts := admin.Options{
		Node: node, Server: srv, Ready: repl.notReady, Names: append(s.hosts(&s.Node), s.Node.AdminNames...), Protected: s.guarded(),
		Profiling: s.Node.AdminProfiling, ShowKeys: s.Node.AdminShowKeys, Logger: log.Logger,
	}
	if s.File != nil {
		opts.Members = o.members
	}
	var err error
	if o.listener, err = net.Listen("tcp", s.Node.AdminAddress); err != nil {
		return nil, fmt.Errorf("listen for operators: %w", err)
	}
	o.admin = admin.New(opts)
	return o, nil
}

// run serves until ctx is done.
func (o *adminListener) run(ctx context.Context) {
	if o == nil {
		return
	}
	defer o.close()
	o.log.Info("admin listener: serving operators", zap.String("admin_address", o.listener.Addr().String()))
	if err := o.admin.Run(ctx, o.listener); err != nil {
		o.log.Error("admin listener: cannot serve operators any more", zap.Error(err))
	}
}

// close closes the listener: at the end of run, or when New fails.
func (o *adminListener) close() {
	if o != nil {
		o.listener.Close() //nolint:errcheck // closed by admin.Run, or never used
	}
}

// members asks every server of the topology for the status page.
func (o *adminListener) members(ctx context.Context) []admin.Member {
	now := o.topology.Now()
	var servers []survey.Server
	for _, s := range now.Servers {
		g, _ := now.GroupOf(s.ID)
		servers = append(servers, survey.Server{ID: s.ID, Group: s.Group, Address: s.Addresses[0], Primary: g.Leader == s.ID})
	}
	survey.All(ctx, servers, func(ctx context.Context, i int, args ...string) (string, error) {
		return o.sec.inquire(ctx, now.Servers[i], args...)
	})
	var list []admin.Member
	for _, s := range servers {
		m := admin.Member{
			ID: s.ID, Group: s.Group, Role: s.Role, Address: s.Address, Version: s.Version, UptimeS: int64(s.Uptime.Seconds()),
			Keys: s.Keys, UsedBytes: s.UsedBytes, MaxBytes: s.MaxBytes, Hits: s.Hits, Misses: s.Misses, OpsPerSecond: s.OpsPerSecond,
			Clients: s.Clients, Evictions: s.Evictions, LagMS: survey.Unknown, LagBytes: s.LagBytes, Link: s.Link,
			Epoch: s.Epoch, LostWrites: s.LostWrites, Slots: s.Slots, SlotsVersion: s.SlotsVersion, HeldMS: survey.Unknown,
			Curve: s.Curve,
		}
		if s.HeldLast != survey.Unknown {
			m.HeldMS = float64(s.HeldLast.Microseconds()) / 1000
		}
		for _, v := range s.Moves {
			m.Moves = append(m.Moves, admin.Move{From: v.From, To: v.To, Slots: v.Slots, State: v.State, Walked: v.Walked, Rate: v.Rate,
				LeftS: v.Left.Seconds(), Failed: max(v.Attempts-1, 0), Error: v.Error})
		}
		for _, c := range s.Changes {
			m.Changes = append(m.Changes, admin.Change(c))
		}
		if s.Lag != survey.Unknown {
			m.LagMS = s.Lag.Milliseconds()
		}
		if s.Err != nil {
			m.Error, m.Role = s.Problem(), config.Secondary
			if o.signsIn && errors.Is(s.Err, os.ErrDeadlineExceeded) {
				m.Error += "; perhaps its log says that sign-ins fail, as with a wrong node_password_file"
			}
			if s.Primary {
				m.Role = config.Primary
			}
		}
		list = append(list, m)
	}
	return list
}
