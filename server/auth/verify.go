package auth

import (
	"errors"
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
