package auth

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"go.uber.org/zap"
)

// ErrBusy means that too many sign-ins are waiting. Trying again later may work.
var ErrBusy = errors.New("too many sign-ins are under way")

const (
	// maxWaiting and maxOfSource bound the passwords waiting to be checked: in total, and of one address.
	maxWaiting  = 1024
	maxOfSource = 64
	// maxSources is the number of known addresses beyond which those without waiting passwords are removed.
	maxSources = 10_000
	// After each failure from an address its next password waits longer, between these delays.
	firstDelay   = 100 * time.Millisecond
	longestDelay = 5 * time.Second
	// forgiven is the time after which failures no longer count.
	forgiven = time.Minute
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

// Verify queues a check of the password and then calls done from another goroutine, with the user, or with nil if name or
// password is wrong. remote is the client's address: addresses take turns, and after failures their turns come later.
// The copy of the password is cleared after the check.
//
// cancel is for a client that disconnects; it may be called more than once. If the password is still waiting, cancel
// removes it and done is not called. The only error is ErrBusy.
func (u *Users) Verify(name string, password []byte, remote string, done func(*User)) (cancel func(), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.source(sourceOf(remote))
	if u.waiting >= maxWaiting || len(s.jobs) >= maxOfSource {
		u.refused.Add(1)
		return nil, ErrBusy
	}
	if len(s.jobs) == 0 {
		u.turns = append(u.turns, s)
	}
	u.waiting++
	j := &job{name, slices.Clone(password), remote, done}
	s.jobs = append(s.jobs, j)
	u.start()
	return func() { u.forget(s, j) }, nil
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

// start starts another worker unless there are enough. REQUIRES: mu is held.
func (u *Users) start() {
	if u.running < u.workers {
		u.running++
		go u.work()
	}
}

// work checks passwords until none is left that may be checked now.
func (u *Users) work() {
	for {
		u.mu.Lock()
		s, j, ok := u.next(time.Now())
		if !ok {
			u.running--
			u.mu.Unlock()
			return
		}
		u.mu.Unlock()
		user := u.Known(j.name, j.password) // another check may have found it correct meanwhile
		if user == nil {
			user = u.slow(j)
			u.settle(s, j, user)
		}
		clear(j.password)
		j.done(user)
	}
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

// slow checks a password against the user's hash. It takes the same time if there is no such user.
func (u *Users) slow(j *job) *User {
	r := u.now.Load()
	user, hash := r.byName[j.name], r.nobody
	if user != nil && len(user.hash) > 0 {
		hash = user.hash
	}
	right := u.check(hash, j.password[:min(len(j.password), MaxPassword)])
	if !right || user == nil || len(user.hash) == 0 || len(j.password) > MaxPassword {
		return nil
	}
	return user
}

// settle records the result of a check. It does not log unknown user names: one may be a password by mistake.
func (u *Users) settle(s *source, j *job, user *User) {
	name := zap.String("user", j.name)
	if u.Named(j.name) == nil {
		name = zap.Bool("known_user", false)
	}
	now := time.Now()
	u.mu.Lock()
	if user != nil {
		s.fails, s.notBefore = 0, time.Time{}
		if u.Current(user) { // it may have been replaced while its password was checked
			u.known[j.name] = u.digest(j.password)
		}
		u.mu.Unlock()
		u.accepted.Add(1)
		u.log.Info("signed in", zap.String("client", j.remote), name)
		return
	}
	if now.Sub(s.last) > forgiven {
		s.fails = 0
	}
	s.notBefore = now.Add(min(firstDelay<<min(s.fails, 10), longestDelay))
	s.fails, s.last = s.fails+1, now
	u.mu.Unlock()
	u.failed.Add(1)
	u.log.Warn("a sign-in failed", zap.String("client", j.remote), name)
}
