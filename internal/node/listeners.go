package node

import (
	"net"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/admin"
)

// The two lists of a node's listeners: as they are configured, and as they are open. Whatever must hold for every
// listener goes through these, so that none is forgotten.

// kind is what matters about a listener for those who connect.
type kind struct {
	tls     bool
	vouched bool // only clients with a certificate get in
	admin   bool // the admin listener, which knows no users
}

// endpoint is an address that a node is to listen on, and what an operator gave it by.
type endpoint struct {
	address string
	key     string // of the config, or a flag
	kind
}

// listening is an open listener.
type listening struct {
	net.Addr
	kind
}

// endpoints are all addresses that n listens on.
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

// listening are all listeners of the node that runs.
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

// hosts are the names that n's addresses have in the config.
func (s *Setup) hosts(n *config.Node) []string {
	var names []string
	for _, e := range s.endpoints(n) {
		if host, _, err := net.SplitHostPort(where(e.address)); err == nil && host != "" {
			names = append(names, host)
		}
	}
	return names
}

// otherFiles is how many descriptors the node needs beside those of its clients: for operators, and for each other
// server that it connects to, at a time as their primary, for the status page, and to knock.
func otherFiles(s *Setup) (n int) {
	if s.Node.AdminAddress != "" {
		n += admin.MaxConnections
	}
	if s.File != nil {
		n += 3 * len(s.File.Servers)
	}
	return n
}

// vouched says that TLS lets only clients in that have a certificate.
func vouched(s *config.Security) bool { return s.TLSClients == "required" }

// uncovered returns the addresses that none of the listeners serves already.
func uncovered(addresses []string, listeners []net.Listener) []string {
	return slices.DeleteFunc(slices.Clone(addresses), func(address string) bool {
		return slices.ContainsFunc(listeners, func(l net.Listener) bool { return covers(l.Addr(), address) })
	})
}

// covers reports whether who connects to address, written as in a config, reaches the socket at a.
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
