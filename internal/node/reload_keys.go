package node

import (
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/lru"
)

// takers take up keys that have changed, by their names in config.Keys: one for each that is config.OnReload. nil: a
// plan that is prepared has taken it up already.
var takers = map[string]func(*plan){
	"server.max_memory":                   nil,
	"server.max_size":                     nil,
	"server.secondaries":                  nil,
	"security.node_user":                  nil,
	"security.node_password_file":         nil,
	"server.max_connections":              func(p *plan) { p.server.SetMaxConnections(int(p.next.Node.MaxConnections)) },
	"server.idle_timeout":                 func(p *plan) { p.server.SetIdleTimeout(p.next.Node.IdleTimeout) },
	"server.tcp_keepalive":                func(p *plan) { p.server.SetKeepAlive(p.next.Node.TCPKeepAlive) },
	"server.client_buffers":               func(p *plan) { p.server.SetClientBuffers(p.next.Node.ClientBuffers) },
	"security.users":                      (*plan).takeUsers,
	"security.disabled_commands":          func(p *plan) { p.sessions.Disable(p.next.File.Security.Disabled) },
	"security.connections_per_address":    (*plan).takeAddressLimits,
	"security.new_connections_per_second": (*plan).takeAddressLimits,
	"logging.level":                       func(p *plan) { p.must("logging.level", p.log.SetLevel(p.next.File.Logging.Level)) },
}

func (p *plan) takeUsers() {
	closed, err := p.sessions.ReplaceUsers(accountsOf(p.next.File.Security.Users))
	if p.must("security.users", err) {
		p.log.Info("users read again", zap.Int("users", len(p.next.File.Security.Users)), zap.Int("connections_closed", closed))
	}
}

func (p *plan) takeAddressLimits() {
	s := &p.next.File.Security
	p.server.SetAddressLimits(s.PerAddress, s.RatePerSecond)
}

// must logs an error that checks before should have found.
func (p *plan) must(key string, err error) bool {
	if err != nil {
		p.log.Error("reload: a key stays as it was", zap.String("key", key), zap.Error(err))
	}
	return err == nil
}

// limitsOf are the budgets that a node of this config starts with.
func limitsOf(n *config.Node) (maxEntries, maxMemory int64) {
	if n.MaxSize == 0 && n.MaxMemory == 0 {
		return 0, lru.DefaultMemory()
	}
	return n.MaxSize, n.MaxMemory
}
