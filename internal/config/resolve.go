package config

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
)

// A Resolver looks up the IP addresses of a host; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// anyHost stands for the address of a listener on all interfaces.
const anyHost = "*"

// Resolve looks up the hosts of all servers and checks that no two servers have one address. A name
// that does not exist is a fault, but a warning where etcd chooses the primaries: there, members come
// and go, and pods with their names. A name server that fails or does not answer before ctx ends is a
// warning, since it must not keep a node from starting. It returns Errors or nil.
func (f *File) Resolve(ctx context.Context, r Resolver) error {
	c := &claims{
		file:  f,
		found: &faults{file: f.Path, lines: f.lines},
		hosts: f.lookupAll(ctx, r),
		owner: make(map[string]claim),
	}
	c.reportHosts()
	for i := range f.Servers {
		for j, given := range f.Servers[i].Addresses {
			c.address(claim{key: f.addressPath(i, j), given: given, server: i})
		}
	}
	for i := range f.Servers {
		if a := f.Servers[i].TLSAddress; a != "" {
			c.address(claim{key: element("servers", i) + ".tls_address", given: a, server: i})
		}
	}
	for i := range f.Servers {
		if f.Servers[i].AdminAddress != "" {
			c.admin(i)
		}
	}
	return c.found.err()
}

// lookup is the result of looking up a host.
type lookup struct {
	key string // where the host is first named
	ips []netip.Addr
	err error
}

// lookupAll looks up every host once, many at the same time.
func (f *File) lookupAll(ctx context.Context, r Resolver) map[string]*lookup {
	hosts := make(map[string]*lookup)
	limit := make(chan struct{}, 64)
	var wait sync.WaitGroup
	for i, n := range f.Servers {
		for j, given := range n.Addresses {
			host, _, ok := hostPort(given)
			if !ok || host == "" || hosts[host] != nil {
				continue
			}
			l := &lookup{key: f.addressPath(i, j)}
			hosts[host] = l
			if ip, err := netip.ParseAddr(host); err == nil {
				l.ips = []netip.Addr{ip}
				continue
			}
			wait.Go(func() {
				limit <- struct{}{}
				l.ips, l.err = r.LookupNetIP(ctx, "ip", host)
				<-limit
			})
		}
	}
	wait.Wait()
	return hosts
}

// addressPath returns the path of address j of server i in the file.
func (f *File) addressPath(i, j int) string {
	path := element("servers", i) + ".address"
	if len(f.Servers[i].Addresses) > 1 {
		path = element(path, j)
	}
	return path
}

// hostPort splits a TCP address; ok is false for a unix socket.
func hostPort(address string) (host, port string, ok bool) {
	network, where := SplitAddress(address)
	host, port, err := net.SplitHostPort(where)
	return host, port, network == "tcp" && err == nil
}

// claims finds addresses that two servers have.
type claims struct {
	file  *File
	found *faults
	hosts map[string]*lookup
	owner map[string]claim // by endpoint
}

// claim is one address of a server and its place in the file.
type claim struct {
	key, given string
	server     int
}

// reportHosts makes a fault or a warning of each look-up that failed.
func (c *claims) reportHosts() {
	for _, host := range slices.Sorted(maps.Keys(c.hosts)) {
		l := c.hosts[host]
		if l.err == nil {
			continue
		}
		var dns *net.DNSError
		if errors.As(l.err, &dns) && dns.IsNotFound && !c.file.Coordinated() {
			c.found.add(l.key, "cannot resolve host "+quote(host)+": no such host", "correct the name, or write an IP address")
			continue
		}
		c.file.Warnings = append(c.file.Warnings, fmt.Sprintf("%s: cannot look up host %q now: %v", l.key, host, l.err))
	}
}

// address claims one address, under each IP address that its host has.
func (c *claims) address(a claim) {
	for _, end := range c.endpoints(a.given) {
		other, taken := c.owner[end]
		if !taken {
			c.owner[end] = a
			continue
		}
		if other == a {
			continue // a host can resolve to one IP address twice
		}
		as := ""
		if other.given != a.given {
			as = ", written " + other.given
		}
		if other.server == a.server {
			c.found.add(a.key, a.given+" is listed twice"+as, "remove one of the two")
		} else {
			c.found.add(a.key, a.given+" is an address of "+c.file.Servers[other.server].ID+" too"+as, "give each server its own")
		}
		return
	}
}

// endpoints lists the sockets that an address means, so that two forms of one address are found equal.
func (c *claims) endpoints(address string) []string {
	host, port, ok := hostPort(address)
	if !ok {
		return []string{address}
	}
	if host == "" {
		return []string{anyHost + ":" + port}
	}
	l := c.hosts[host]
	if l == nil || l.err != nil || len(l.ips) == 0 {
		return []string{address}
	}
	ends := make([]string, len(l.ips))
	for i, ip := range l.ips {
		ends[i] = net.JoinHostPort(ip.Unmap().String(), port)
		if ip.IsUnspecified() {
			ends[i] = anyHost + ":" + port
		}
	}
	return ends
}

// admin claims the admin address of server i on the machine that the server is on.
func (c *claims) admin(i int) {
	n := &c.file.Servers[i]
	key := c.file.AdminKey(n.ID)
	if c.found.under(key) {
		return // "common" gives one address to all, which is reported once
	}
	if other, taken := c.owner[n.AdminAddress]; taken {
		c.found.add(key, fmt.Sprintf("%s is an address of %s too", n.AdminAddress, c.file.Servers[other.server].ID), "give the admin listener its own")
		return
	}
	for _, a := range n.Addresses {
		for _, end := range c.endpoints(a) {
			machine, _, err := net.SplitHostPort(end)
			if err != nil || machine == anyHost {
				continue
			}
			claimed := machine + " admin " + n.AdminAddress
			other, taken := c.owner[claimed]
			if taken && other.server != i {
				c.found.add(key, fmt.Sprintf("%s and %s are on one machine and cannot both have %s", c.file.Servers[other.server].ID, n.ID, n.AdminAddress), "give each server an admin_address of its own")
				return
			}
			c.owner[claimed] = claim{key: key, given: n.AdminAddress, server: i}
		}
	}
}
