// Package auth knows the users of a node: what each may do, and whether a password is theirs.
//
// Checking a password takes tens of milliseconds on purpose, so nobody waits for it: Verify queues it
// for a few goroutines of its own and calls back. What was right once is known from then on, by a keyed
// digest, so that clients which come back cost next to nothing.
package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/crypto/bcrypt"
)

// Rights are a set of what a user may do.
type Rights uint8

// The rights.
const (
	Read        Rights = 1 << iota // read keys
	Write                          // change keys
	Admin                          // look after the node
	Replication                    // be the primary of a secondary
)

// ParseRight returns the right that name stands for: read, write, admin or replication.
func ParseRight(name string) (Rights, bool) {
	r, ok := map[string]Rights{"read": Read, "write": Write, "admin": Admin, "replication": Replication}[name]
	return r, ok
}

// User is somebody who may sign in. It never changes: Replace puts another in its place.
type User struct {
	Name     string
	Rights   Rights
	Prefixes [][]byte // of the keys that the user may touch; none: all keys

	hash []byte // bcrypt; empty: no password is right
}

// MayTouch reports whether the user's prefixes allow key.
func (u *User) MayTouch(key []byte) bool {
	for _, p := range u.Prefixes {
		if bytes.HasPrefix(key, p) {
			return true
		}
	}
	return len(u.Prefixes) == 0
}

// Account is a user as configured.
type Account struct {
	Name   string
	Hash   string   // bcrypt; empty: the user signs in otherwise
	Rights []string // see ParseRight
	Keys   []string // prefixes; none: all keys
}

// MaxPassword is the longest password in bytes: bcrypt looks no further.
const MaxPassword = 72

// Cost is bcrypt's cost of what HashPassword makes: about 60 ms to check.
const Cost = 10

// HashPassword returns what Account.Hash is for password.
func HashPassword(password []byte) (string, error) {
	switch {
	case len(password) == 0:
		return "", errors.New("the password is empty")
	case len(password) > MaxPassword:
		return "", fmt.Errorf("the password has %d bytes; %d are allowed", len(password), MaxPassword)
	}
	hash, err := bcrypt.GenerateFromPassword(password, Cost)
	if err != nil {
		return "", fmt.Errorf("hash the password: %w", err)
	}
	return string(hash), nil
}

// Users are the users of a node. All methods may be called from any goroutine.
type Users struct {
	now     atomic.Pointer[roster] // stored with mu held
	log     *zap.Logger
	check   func(hash, password []byte) bool // bcrypt, but for tests
	workers int

	secret [32]byte // keys the digests of known passwords

	mu      sync.Mutex
	known   map[string][sha256.Size]byte // by user; guarded by mu, as the following
	sources map[string]*source
	turns   []*source // those with waiting jobs, the next first
	waiting int
	running int
	timer   *time.Timer // for the earliest source that is held back

	accepted, failed, refused atomic.Int64
}

// Stats counts sign-ins since the node's start.
type Stats struct {
	Accepted int64
	Failed   int64 // wrong password, or no such user
	Refused  int64 // too many were under way
	Waiting  int   // passwords that wait to be checked now
}

// New returns the users of accounts. It takes no goroutines before somebody signs in.
func New(accounts []Account, workers int, log *zap.Logger) (*Users, error) {
	if log == nil {
		log = zap.NewNop()
	}
	u := &Users{
		log: log, workers: max(workers, 1),
		known: map[string][sha256.Size]byte{}, sources: map[string]*source{},
		check: func(hash, password []byte) bool { return bcrypt.CompareHashAndPassword(hash, password) == nil },
	}
	if _, err := rand.Read(u.secret[:]); err != nil {
		return nil, fmt.Errorf("make a key for passwords: %w", err)
	}
	r, err := newRoster(accounts)
	if err != nil {
		return nil, err
	}
	u.now.Store(r)
	return u, nil
}

// Named returns the user with this name, or nil.
func (u *Users) Named(name string) *User { return u.now.Load().byName[name] }

// Stats returns what Users has counted.
func (u *Users) Stats() Stats {
	u.mu.Lock()
	defer u.mu.Unlock()
	return Stats{Accepted: u.accepted.Load(), Failed: u.failed.Load(), Refused: u.refused.Load(), Waiting: u.waiting}
}

// Known returns the user if this password was found to be right before, or nil: then Verify tells.
func (u *Users) Known(name string, password []byte) *User {
	u.mu.Lock()
	user := u.Named(name) // within the lock: what is known is of the user as it is now
	want, ok := u.known[name]
	u.mu.Unlock()
	if user == nil {
		return nil
	}
	if got := u.digest(password); !ok || !hmac.Equal(got[:], want[:]) {
		return nil
	}
	u.accepted.Add(1)
	return user
}

func (u *Users) digest(password []byte) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, u.secret[:])
	h.Write(password)
	h.Sum(sum[:0])
	return sum
}
