package main

import (
	"net"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/admin"
)

// The two lists of a node's listeners: as they are configured, and as they are open. Whatever must hold for every
// listener goes through these, so that none is forgotten.

// kind is what matters about a listener for those who connect.
type kind struct {
	tls       bool
	vouched   bool // only clients with a certificate get in
	operators bool // the admin listener, which knows no users
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
func (s *selection) endpoints(n *config.Node) []endpoint {
	var all []endpoint
	for i, a := range n.Addresses {
		key := "--address"
		if !s.addressed && s.file != nil {
			key = s.file.AddressKey(n.ID, i)
		}
		all = append(all, endpoint{address: a, key: key})
	}
	if n.TLSAddress != "" {
		all = append(all, endpoint{n.TLSAddress, s.file.ServerKey(n.ID) + ".tls_address", kind{tls: true, vouched: vouched(&s.file.Security)}})
	}
	if n.AdminAddress != "" {
		all = append(all, endpoint{n.AdminAddress, s.file.AdminKey(n.ID), kind{operators: true}})
	}
	return all
}

// listening are all listeners of the node that runs.
func (s *selection) listening(srv *server.Server, ops *operators) []listening {
	var all []listening
	for _, a := range srv.Addrs() {
		all = append(all, listening{Addr: a})
	}
	if a := srv.TLSAddr(); a != nil {
		all = append(all, listening{a, kind{tls: true, vouched: vouched(&s.file.Security)}})
	}
	if ops != nil {
		all = append(all, listening{ops.listener.Addr(), kind{operators: true}})
	}
	return all
}

// hosts are the names that n's addresses have in the config.
func (s *selection) hosts(n *config.Node) []string {
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
func otherFiles(s *selection) (n int) {
	if s.node.AdminAddress != "" {
		n += admin.MaxConnections
	}
	if s.file != nil {
		n += 3 * len(s.file.Servers)
	}
	return n
}

// vouched says that TLS lets only clients in that have a certificate.
func vouched(s *config.Security) bool { return s.TLSClients == "required" }
