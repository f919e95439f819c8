package node

import (
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/lru"
)

// live sets the values that a running node takes from its config at any time: New calls every entry, and Reload those
// whose keys have changed. Each key of config.Keys that is config.OnReload is in live or in prepared, with its object.
var live = map[string]func(n *Node, s *Setup){
	"server.max_connections":              func(n *Node, s *Setup) { n.server.SetMaxConnections(int(s.Node.MaxConnections)) },
	"server.idle_timeout":                 func(n *Node, s *Setup) { n.server.SetIdleTimeout(s.Node.IdleTimeout) },
	"server.tcp_keepalive":                func(n *Node, s *Setup) { n.server.SetKeepAlive(s.Node.TCPKeepAlive) },
	"server.client_buffers":               func(n *Node, s *Setup) { n.server.SetClientBuffers(s.Node.ClientBuffers) },
	"server.min_secondaries":              func(n *Node, s *Setup) { n.backing.setRequired(int(s.Node.MinSecondaries)) },
	"server.move_rate":                    func(n *Node, s *Setup) { n.moveRate.Store(max(s.Node.MoveRate, 0)) },
	"server.redis_cluster":                func(n *Node, s *Setup) { n.serveRedisCluster(s.Node.RedisCluster) },
	"security.disabled_commands":          func(n *Node, s *Setup) { n.sessions.Disable(s.security().Disabled) },
	"security.connections_per_address":    setAddressLimits,
	"security.new_connections_per_second": setAddressLimits,
}

// prepared are the keys that a node is made with and that Reload applies by special code; nil: in prepare.
var prepared = map[string]func(*plan){
	"server.max_memory":           nil,
	"server.max_size":             nil,
	"server.eviction_policy":      nil,
	"server.prefixes":             nil,
	"server.group":                nil,
	"server.role":                 nil,
	"server.primary":              nil,
	"server.secondaries":          nil,
	"security.node_user":          nil,
	"security.node_password_file": nil,
	"security.users":              (*plan).applyUsers,
	"logging.level":               func(p *plan) { p.must("logging.level", p.log.SetLevel(p.next.File.Logging.Level)) },
}

func setAddressLimits(n *Node, s *Setup) {
	sec := s.security()
	n.server.SetAddressLimits(sec.PerAddress, sec.RatePerSecond)
}

func (p *plan) applyUsers() {
	closed, err := p.sessions.ReplaceUsers(accountsOf(p.next.File.Security.Users))
	if p.must("security.users", err) {
		p.log.Info("reload: users replaced", zap.Int("users", len(p.next.File.Security.Users)), zap.Int("connections_closed", closed))
	}
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
