package node

import (
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/lru"
)

// appliers apply changed keys. There is one for each key of config.Keys that is config.OnReload; nil: prepare has
// applied it.
var appliers = map[string]func(*plan){
	"server.max_memory":                   nil,
	"server.max_size":                     nil,
	"server.role":                         nil,
	"server.primary":                      nil,
	"server.secondaries":                  nil,
	"security.node_user":                  nil,
	"security.node_password_file":         nil,
	"server.max_connections":              func(p *plan) { p.server.SetMaxConnections(int(p.next.Node.MaxConnections)) },
	"server.idle_timeout":                 func(p *plan) { p.server.SetIdleTimeout(p.next.Node.IdleTimeout) },
	"server.tcp_keepalive":                func(p *plan) { p.server.SetKeepAlive(p.next.Node.TCPKeepAlive) },
	"server.client_buffers":               func(p *plan) { p.server.SetClientBuffers(p.next.Node.ClientBuffers) },
	"security.users":                      (*plan).applyUsers,
	"security.disabled_commands":          func(p *plan) { p.sessions.Disable(p.next.File.Security.Disabled) },
	"security.connections_per_address":    (*plan).applyAddressLimits,
	"security.new_connections_per_second": (*plan).applyAddressLimits,
	"logging.level":                       func(p *plan) { p.must("logging.level", p.log.SetLevel(p.next.File.Logging.Level)) },
}

func (p *plan) applyUsers() {
	closed, err := p.sessions.ReplaceUsers(accountsOf(p.next.File.Security.Users))
	if p.must("security.users", err) {
		p.log.Info("users replaced", zap.Int("users", len(p.next.File.Security.Users)), zap.Int("connections_closed", closed))
	}
}

func (p *plan) applyAddressLimits() {
	s := &p.next.File.Security
	p.server.SetAddressLimits(s.PerAddress, s.RatePerSecond)
}

// must logs an error that prepare should have found.
func (p *plan) must(key string, err error) bool {
	if err != nil {
		p.log.Error("reload: cannot apply a key", zap.String("key", key), zap.Error(err))
	}
	return err == nil
}

// limitsOf returns the budgets that a node of this config starts with: entries, and bytes.
func limitsOf(n *config.Node) (maxEntries, maxMemory int64) {
	if n.MaxSize == 0 && n.MaxMemory == 0 {
		return 0, lru.DefaultMemory()
	}
	return n.MaxSize, n.MaxMemory
}
