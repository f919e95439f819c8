package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/internal/node/survey"
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

	mu     sync.RWMutex
	client *client.Client // asks the servers of the config for the status page; nil: no config
	nodeAs *credentials   // client signs in with these; nil: it does not
}

// newAdminListener opens the listener at once, so that a wrong address is an error of New.
func newAdminListener(s *Setup, node *session.Node, srv *server.Server, sec *security, repl *replication, log *logging.Logger) (*adminListener, error) {
	if s.Node.AdminAddress == "" {
		return nil, nil
	}
	o := &adminListener{log: log, signsIn: sec.NodePasswordFile != ""}
	opts := admin.Options{
		Node: node, Server: srv, Ready: repl.notReady, Names: append(s.hosts(&s.Node), s.Node.AdminNames...), Protected: s.guarded(),
		Profiling: s.Node.AdminProfiling, ShowKeys: s.Node.AdminShowKeys, Logger: log.Logger,
	}
	var err error
	if s.File != nil {
		o.nodeAs = sec.nodeAs.Load()
		if o.client, err = newAsker(sec); err != nil {
			return nil, err
		}
		opts.Members = o.members
	}
	if o.listener, err = net.Listen("tcp", s.Node.AdminAddress); err != nil {
		o.close()
		return nil, fmt.Errorf("listen for operators: %w", err)
	}
	o.admin = admin.New(opts)
	return o, nil
}

// newAsker makes the client that asks the servers of the config.
func newAsker(sec *security) (*client.Client, error) {
	c, err := client.New(append(sec.clientOptions(), client.WithConfigFile(sec.file.Path), client.WithConnsPerNode(1))...)
	if err != nil {
		return nil, fmt.Errorf("make a client for the status page: %w", err)
	}
	return c, nil
}

// reload replaces the client if the credentials of nodes have changed.
func (o *adminListener) reload(sec *security) error {
	now := sec.nodeAs.Load()
	if o == nil || sec.file == nil || now == nil || o.nodeAs != nil && *o.nodeAs == *now {
		return nil
	}
	c, err := newAsker(sec)
	if err != nil {
		return err
	}
	o.nodeAs = now
	go func() { // the lock waits for requests that use the old client
		o.mu.Lock()
		old := o.client
		o.client = c
		o.mu.Unlock()
		old.Close() //nolint:errcheck // no request uses it
	}()
	return nil
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

// close closes the listener and the client: at the end of run, or when New fails.
func (o *adminListener) close() {
	if o == nil {
		return
	}
	if o.listener != nil {
		o.listener.Close() //nolint:errcheck // closed by admin.Run, or never used
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	if o.client != nil {
		o.client.Close() //nolint:errcheck // no request uses it
	}
}

// members asks every server of the config for the status page.
func (o *adminListener) members(ctx context.Context) []admin.Member {
	o.mu.RLock()
	defer o.mu.RUnlock()
	var list []admin.Member
	for _, s := range survey.All(ctx, o.client) {
		m := admin.Member{
			ID: s.ID, Group: s.Group, Role: s.Role, Address: s.Address, Version: s.Version, UptimeS: int64(s.Uptime.Seconds()),
			Keys: s.Keys, UsedBytes: s.UsedBytes, MaxBytes: s.MaxBytes, Hits: s.Hits, Misses: s.Misses, OpsPerSecond: s.OpsPerSecond,
			Clients: s.Clients, Evictions: s.Evictions, LagMS: survey.Unknown, LagBytes: s.LagBytes, Link: s.Link,
			Epoch: s.Epoch, LostWrites: s.LostWrites, Slots: s.Slots, SlotsVersion: s.SlotsVersion, HeldMS: survey.Unknown,
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
