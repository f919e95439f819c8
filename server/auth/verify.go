package auth

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"go.uber.org/zap"
)

// ErrBusy says that too many sign-ins are under way; trying again later may work.
var ErrBusy = errors.New("too many sign-ins are under way")

const (
	// maxWaiting and maxOfSource bound the passwords that wait to be checked, of all clients and of
	// those of one address.
	maxWaiting  = 1024
	maxOfSource = 64
	// maxSources is how many addresses are remembered before those with nothing to do are forgotten.
	maxSources = 10_000
	// After each failure of an address its next password waits longer.
	firstDelay   = 100 * time.Millisecond
	longestDelay = 5 * time.Second
	// forgiven is after how long failures no longer count.
	forgiven = time.Minute
)

// source is a client address from which somebody signs in.
type source struct {
	name      string
	jobs      []*job
	fails     int
	last      time.Time // of the last failure
	notBefore time.Time // when its next password may be checked
}

// job is a password to be checked.
type job struct {
	name     string
	password []byte
	remote   string
	done     func(*User)
}

// Verify finds out whether password is the user's and then calls done, from another goroutine, with the
// user or with nil. remote is the client's address: the passwords of one address are checked after
// those of others when it has many, and later when others of it were wrong. It keeps no password.
//
// cancel is for a client that goes away, and may be called more than once: a password that still waits is forgotten,
// with what done holds; one that is being checked already goes on to done. An error is ErrBusy.
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

// forget takes j out of the queue, if it is still there.
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

// source REQUIRES mu.
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

// sourceOf is what counts as one client: an IPv4 address, or the /64 of an IPv6 address.
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

// start has a goroutine look for work if there may be some. It REQUIRES mu.
func (u *Users) start() {
	if u.running < u.workers {
		u.running++
		go u.work()
	}
}

// work checks passwords until none may be checked now.
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
		user := u.Known(j.name, j.password) // since it was queued, perhaps
		if user == nil {
			user = u.slow(j)
			u.settle(s, j, user)
		}
		clear(j.password)
		j.done(user)
	}
}

// next takes the next password to check, of the addresses in turn. If all are held back it sets the
// timer. It REQUIRES mu.
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

// slow checks a password against the user's hash, in the same time whether there is such a user or not.
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

// settle notes how a check went. What is not a user's name is not logged: it may be a password.
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
