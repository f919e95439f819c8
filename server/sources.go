package server

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// sources counts connections by client address, also while there is no limit, since one may be set later.
type sources struct {
	mu   sync.Mutex
	most int64 // at a time from one address; 0: any number; guarded by mu, as are the fields below
	rate int64 // new ones of one address a second; 0: any number
	all  map[netip.Addr]*source
}

// source is one client address.
type source struct {
	open  int64
	fresh int64     // connections since began
	began time.Time // of the second that is counted
}

// sweepSources is the number of known addresses beyond which those without connections are removed.
const sweepSources = 4096

// enter counts a new connection, or returns false if its address has too many.
func (s *sources) enter(a netip.Addr, now time.Time) bool {
	if !a.IsValid() {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[netip.Addr]*source{}
	}
	one := s.all[a]
	if one == nil {
		if len(s.all) >= sweepSources {
			s.sweep(now)
		}
		one = new(source)
		s.all[a] = one
	}
	if now.Sub(one.began) >= time.Second {
		one.began, one.fresh = now, 0
	}
	if s.most > 0 && one.open >= s.most || s.rate > 0 && one.fresh >= s.rate {
		return false
	}
	one.open++
	one.fresh++
	return true
}

// leave removes a connection from its address's count.
func (s *sources) leave(a netip.Addr) {
	if !a.IsValid() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.all[a]; one != nil {
		if one.open--; one.open == 0 && s.rate == 0 {
			delete(s.all, a)
		}
	}
}

// sweep removes addresses without connections. REQUIRES: mu is held.
func (s *sources) sweep(now time.Time) {
	for a, one := range s.all {
		if one.open == 0 && now.Sub(one.began) >= time.Second {
			delete(s.all, a)
		}
	}
}

// addrOf returns the IP address of a TCP peer; it is invalid for others.
func addrOf(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
