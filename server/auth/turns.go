package auth

import (
	"net/netip"
	"slices"
	"time"
)

// source is a client address that has tried to sign in.
type source struct {
	name      string
	jobs      []*job
	fails     int
	last      time.Time // of the last failure
	notBefore time.Time // its next password may not be checked earlier
}

// job is a password to be checked.
type job struct {
	name     string
	password []byte
	remote   string
	done     func(*User)
}

// forget removes j from the queue, if it is still there.
func (u *Users) forget(s *source, j *job) {
	u.mu.Lock()
	defer u.mu.Unlock()
	i := slices.Index(s.jobs, j)
	if i < 0 {
		return
	}
	clear(j.password)
	s.jobs = slices.Delete(s.jobs, i, i+1)
	u.waiting--
	if len(s.jobs) == 0 {
		u.turns = slices.DeleteFunc(u.turns, func(o *source) bool { return o == s })
	}
}

// source returns the source called name, and creates it if it is new. REQUIRES: mu is held.
func (u *Users) source(name string) *source {
	s := u.sources[name]
	if s == nil {
		if len(u.sources) >= maxSources {
			for n, old := range u.sources {
				if len(old.jobs) == 0 {
					delete(u.sources, n)
				}
			}
		}
		s = &source{name: name}
		u.sources[name] = s
	}
	return s
}

// sourceOf returns the key of a source: an IPv4 address, or the /64 of an IPv6 address.
func sourceOf(remote string) string {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	ip := a.Addr().Unmap()
	if ip.Is4() {
		return ip.String()
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return ip.String()
	}
	return p.String()
}

// next removes the next password to check from the queue; addresses take turns. If all must wait, it sets the timer.
// REQUIRES: mu is held.
func (u *Users) next(now time.Time) (*source, *job, bool) {
	var earliest time.Time
	for i, s := range u.turns {
		if s.notBefore.After(now) {
			if earliest.IsZero() || s.notBefore.Before(earliest) {
				earliest = s.notBefore
			}
			continue
		}
		j := s.jobs[0]
		s.jobs = slices.Delete(s.jobs, 0, 1)
		u.waiting--
		u.turns = slices.Delete(u.turns, i, i+1)
		if len(s.jobs) > 0 {
			u.turns = append(u.turns, s)
		}
		return s, j, true
	}
	if !earliest.IsZero() {
		if u.timer != nil {
			u.timer.Stop()
		}
		u.timer = time.AfterFunc(earliest.Sub(now), func() {
			u.mu.Lock()
			defer u.mu.Unlock()
			u.start()
		})
	}
	return nil, nil, false
}
