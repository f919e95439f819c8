// Package auth holds the users of a node, with their rights, and checks passwords.
//
// Checking a password takes tens of milliseconds on purpose. Verify therefore queues it for a few
// goroutines and calls back. It remembers a keyed digest of each correct password, so that later sign-ins
// with it take microseconds: see Known.
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

// Rights is a set of rights.
type Rights uint8

// The rights.
const (
	Read        Rights = 1 << iota // read keys
	Write                          // change keys
	Admin                          // administer the node
	Replication                    // act as another node of the group
)

// ParseRight returns the right called read, write, admin or replication.
func ParseRight(name string) (Rights, bool) {
	r, ok := map[string]Rights{"read": Read, "write": Write, "admin": Admin, "replication": Replication}[name]
	return r, ok
}

// User is a user who may sign in. It is immutable; Replace replaces it.
type User struct {
	Name     string
	Rights   Rights
	Prefixes [][]byte // of the keys that the user may touch; none: all keys

	hash []byte // bcrypt; empty: no password is correct
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
	Hash   string   // bcrypt; empty: the user signs in with a certificate only
	Rights []string // see ParseRight
	Keys   []string // prefixes; none: all keys
}

// MaxPassword is the greatest length of a password in bytes. bcrypt ignores further bytes.
const MaxPassword = 72

// Cost is the bcrypt cost of HashPassword; a check takes about 60 ms.
const Cost = 10

// HashPassword returns the Account.Hash for password.
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

// Users are the users of a node. Its methods may be called from any goroutine.
type Users struct {
	now     atomic.Pointer[roster] // stored with mu held
	log     *zap.Logger
	check   func(hash, password []byte) bool // bcrypt, except in tests
	workers int

	secret [32]byte // keys the digests of known passwords

	mu      sync.Mutex
	known   map[string][sha256.Size]byte // digest of the correct password by user; guarded by mu, like all below
	sources map[string]*source
	turns   []*source // sources with jobs, in the order of their turns
	waiting int
	running int
	timer   *time.Timer // until the next source may have a password checked

	accepted, failed, refused atomic.Int64
}

// Stats counts sign-ins since the node's start.
type Stats struct {
	Accepted int64
	Failed   int64 // wrong password, or no such user
	Refused  int64 // too many were waiting
	Waiting  int   // passwords waiting to be checked
}

// New returns the users of accounts. At most workers goroutines check passwords; they run only while passwords wait.
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

// Stats returns the counters.
func (u *Users) Stats() Stats {
	u.mu.Lock()
	defer u.mu.Unlock()
	return Stats{Accepted: u.accepted.Load(), Failed: u.failed.Load(), Refused: u.refused.Load(), Waiting: u.waiting}
}

// Known returns the user if this password has been verified before, otherwise nil; call Verify then.
func (u *Users) Known(name string, password []byte) *User {
	u.mu.Lock()
	user := u.Named(name) // within the lock, so that user and known belong together
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
