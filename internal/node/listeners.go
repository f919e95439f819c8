package node

import (
	"net"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/admin"
)

// There are two lists of a node's listeners: endpoints, as configured, and listening, as open. A rule for every listener
// goes through one of these lists, so that no listener is forgotten.

// kind says how clients of a listener are admitted.
type kind struct {
	tls     bool
	vouched bool // a client needs a certificate
	admin   bool // the admin listener, which knows no users
}

// endpoint is an address to listen on, and the config key or flag that gave it.
type endpoint struct {
	address string
	key     string // as in servers[1].address[0], or --address
	kind
}

// listening is an open listener.
type listening struct {
	net.Addr
	kind
}

// endpoints returns all addresses on which n must listen.
func (s *Setup) endpoints(n *config.Node) []endpoint {
	var all []endpoint
	for i, a := range n.Addresses {
		key := "--address"
		if !s.Addressed && s.File != nil {
			key = s.File.AddressKey(n.ID, i)
		}
		all = append(all, endpoint{address: a, key: key})
	}
	if n.TLSAddress != "" {
		all = append(all, endpoint{n.TLSAddress, s.File.ServerKey(n.ID) + ".tls_address", kind{tls: true, vouched: vouched(&s.File.Security)}})
	}
	if n.AdminAddress != "" {
		all = append(all, endpoint{n.AdminAddress, s.File.AdminKey(n.ID), kind{admin: true}})
	}
	return all
}

// listening returns all open listeners.
func (s *Setup) listening(srv *server.Server, adm *adminListener) []listening {
	var all []listening
	for _, a := range srv.Addrs() {
		all = append(all, listening{Addr: a})
	}
	if a := srv.TLSAddr(); a != nil {
		all = append(all, listening{a, kind{tls: true, vouched: vouched(&s.File.Security)}})
	}
	if adm != nil {
		all = append(all, listening{adm.listener.Addr(), kind{admin: true}})
	}
	return all
}

// hosts returns the host names and IP addresses in n's addresses.
func (s *Setup) hosts(n *config.Node) []string {
	var names []string
	for _, e := range s.endpoints(n) {
		if host, _, err := net.SplitHostPort(where(e.address)); err == nil && host != "" {
			names = append(names, host)
		}
	}
	return names
}

// otherFiles returns the number of descriptors that the node needs beside those of its clients: for the admin listener's
// connections, and for three connections at a time to each server (replication, the status page, REPLICA KNOCK).
func otherFiles(s *Setup) (n int) {
	if s.Node.AdminAddress != "" {
		n += admin.MaxConnections
	}
	if s.File != nil {
		n += 3 * len(s.File.Servers)
	}
	return n
}

// vouched reports whether the TLS listener admits only clients with a certificate.
func vouched(s *config.Security) bool { return s.TLSClients == "required" }

// uncovered returns the addresses that no listener serves yet.
func uncovered(addresses []string, listeners []net.Listener) []string {
	return slices.DeleteFunc(slices.Clone(addresses), func(address string) bool {
		return slices.ContainsFunc(listeners, func(l net.Listener) bool { return covers(l.Addr(), address) })
	})
}

// covers reports whether a connection to address, written as in a config, reaches a socket bound to a.
func covers(a net.Addr, address string) bool {
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		return a.Network() == "unix" && a.String() == path
	}
	at, ok := a.(*net.TCPAddr)
	if !ok {
		return false
	}
	want, err := net.ResolveTCPAddr("tcp", address)
	return err == nil && want.Port == at.Port && (at.IP.IsUnspecified() || at.IP.Equal(want.IP))
}

// where converts address from a config's form to that of package net.
func where(address string) string { _, w := config.SplitAddress(address); return w }
