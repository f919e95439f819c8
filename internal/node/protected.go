package node

import (
	"context"
	"net"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/server"
)

// Protected mode: a node without users does not listen on a publicly reachable address.

// lookupTimeout bounds the name lookups of a node's own addresses.
const lookupTimeout = 5 * time.Second

// guarded reports whether protected mode applies: there are no users, and it is not switched off.
func (s *Setup) guarded() bool {
	return !s.Unprotected && (s.File == nil || len(s.File.Security.Users) == 0 && !s.File.Security.Unprotected)
}

// checkReach returns a fault for each address of n that protected mode forbids. It passes names that cannot be looked
// up: listening on them will fail.
func (s *Setup) checkReach(r config.Resolver, n *config.Node) error {
	if !s.guarded() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	var faults config.Errors
	for _, e := range s.endpoints(n) {
		if who := openTo(ctx, r, e.address); who != "" && !e.vouched {
			faults = append(faults, s.exposed(e.key, e.address+who))
		}
	}
	if faults == nil {
		return nil
	}
	return faults
}

// checkSockets is checkReach for listeners that are open already, as by socket activation.
func (s *Setup) checkSockets(listeners []net.Listener) error {
	for _, l := range listeners {
		if s.guarded() && server.ReachOfListener(l.Addr()) == server.ReachAll {
			return s.exposed("ListenStream of the node's socket unit", l.Addr().String()+reachText(l.Addr().(*net.TCPAddr).AddrPort().Addr()))
		}
	}
	return nil
}

// openTo explains why an address is publicly reachable, or returns "" if it is not. A name counts as open if one of its IP
// addresses is.
func openTo(ctx context.Context, r config.Resolver, address string) string {
	network, where := config.SplitAddress(address)
	host, _, err := net.SplitHostPort(where)
	if network != "tcp" || err != nil {
		return ""
	}
	if host == "" {
		return reachText(netip.IPv6Unspecified())
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return reachText(ip)
	}
	ips, err := r.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return ""
	}
	for _, ip := range ips {
		if text := reachText(ip); text != "" {
			return " stands for " + ip.Unmap().String() + ", which" + text
		}
	}
	return ""
}

func reachText(ip netip.Addr) string {
	switch {
	case server.ReachOf(ip) != server.ReachAll:
		return ""
	case ip.Unmap().IsUnspecified():
		return " is every address of this machine"
	}
	return " is a public address"
}

// exposed returns the fault for a publicly reachable address.
func (s *Setup) exposed(key, what string) *config.Error {
	const without = ", where a node without users does not listen (protected mode)"
	if s.File == nil {
		return &config.Error{Key: key, What: what + without, Remedy: "listen on a private or loopback address, or give a config that has \"security\"; --protected=false if everybody may do everything"}
	}
	return s.File.Fault(key, what+without,
		`give "security" some "users", or listen on a private or loopback address; "protected": false in "security" if everybody may do everything`)
}

// warnReach logs each listener that serves clients of other machines without a sign-in.
func warnReach(s *Setup, srv *server.Server, adm *adminListener, log *logging.Logger) {
	users := s.File != nil && len(s.File.Security.Users) > 0
	for _, l := range s.listening(srv, adm) {
		reach := server.ReachOfListener(l.Addr)
		if reach == server.ReachMachine || l.vouched || users && !l.admin {
			continue
		}
		who := "everybody in this network"
		if reach == server.ReachAll {
			who = "everybody who reaches this address"
		}
		switch {
		case reach == server.ReachAll && s.guarded():
			// The name resolved to another address when it was checked.
			log.Warn("protected mode: without security.users only clients of this machine are served here", zap.Stringer("address", l))
		case l.admin:
			log.Warn(who+" may read what the admin listener serves: it has no users", zap.Stringer("admin_address", l))
		case reach == server.ReachAll:
			log.Warn(who+" may read and change everything: the config has no security.users, and protected mode is off", zap.Stringer("address", l))
		default:
			log.Warn(who+" may read and change everything: the config has no security.users", zap.Stringer("address", l))
		}
	}
}

// OpenWarning returns a warning for --check-config if the config has neither users nor protected mode, otherwise "". A
// node that starts logs such a warning for each address instead.
func OpenWarning(f *config.File) string {
	if len(f.Security.Users) == 0 && f.Security.Unprotected {
		return "security.protected is false and there are no security.users: everybody who reaches a node may do everything"
	}
	return ""
}
