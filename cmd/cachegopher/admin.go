package main

import (
	"context"
	"fmt"
	"net"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/internal/survey"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/admin"
	"github.com/cachegopher/cachegopher/server/session"
)

// operators is the listener for operators; nil when the config asks for none.
type operators struct {
	admin    *admin.Admin
	listener net.Listener
	client   *client.Client // asks the other servers; nil without a topology
	log      *logging.Logger
}

// newOperators opens the listener, so that a wrong address ends the node before it serves.
func newOperators(s *selection, node *session.Node, srv *server.Server, sec *security, repl *replication, log *logging.Logger) (*operators, error) {
	if s.node.AdminAddress == "" {
		return nil, nil
	}
	o := &operators{log: log}
	opts := admin.Options{
		Node: node, Server: srv, Ready: repl.notReady, Profiling: s.node.AdminProfiling, ShowKeys: s.node.AdminShowKeys, Logger: log.Logger,
	}
	if repl != nil {
		opts.Metrics = &replMetrics{repl}
	}
	var err error
	if s.file != nil {
		if o.client, err = client.New(append(sec.clientOptions(), client.WithConfigFile(s.file.Path), client.WithConnsPerNode(1))...); err != nil {
			return nil, fmt.Errorf("make a client for the status page: %w", err)
		}
		opts.Members = o.members
	}
	if o.listener, err = net.Listen("tcp", s.node.AdminAddress); err != nil {
		o.close()
		return nil, fmt.Errorf("listen for operators: %w", err)
	}
	o.admin = admin.New(opts)
	return o, nil
}

// run serves until ctx is done.
func (o *operators) run(ctx context.Context) {
	if o == nil {
		return
	}
	defer o.close()
	o.log.Info("operators are served", zap.String("admin_address", o.listener.Addr().String()))
	if err := o.admin.Run(ctx, o.listener); err != nil {
		o.log.Error("operators are no longer served", zap.Error(err))
	}
}

// close is for the end of run, and for a node that fails before it.
func (o *operators) close() {
	if o == nil {
		return
	}
	if o.listener != nil {
		o.listener.Close() //nolint:errcheck // closed by Run, or never used
	}
	if o.client != nil {
		o.client.Close() //nolint:errcheck // nothing is under way
	}
}

// members shows all servers of the topology.
func (o *operators) members(ctx context.Context) []admin.Member {
	var list []admin.Member
	for _, s := range survey.All(ctx, o.client) {
		m := admin.Member{
			ID: s.ID, Group: s.Group, Role: s.Role, Address: s.Address, Version: s.Version, UptimeS: int64(s.Uptime.Seconds()),
			Keys: s.Keys, UsedBytes: s.UsedBytes, MaxBytes: s.MaxBytes, Hits: s.Hits, Misses: s.Misses, OpsPerSecond: s.OpsPerSecond,
			Clients: s.Clients, Evictions: s.Evictions, LagMS: survey.Unknown, LagBytes: s.LagBytes, Link: s.Link,
		}
		if s.Lag != survey.Unknown {
			m.LagMS = s.Lag.Milliseconds()
		}
		if s.Err != nil {
			m.Error, m.Role = s.Err.Error(), config.Secondary
			if s.Primary {
				m.Role = config.Primary
			}
		}
		list = append(list, m)
	}
	return list
}
