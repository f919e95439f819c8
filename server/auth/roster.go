package auth

import (
	"bytes"
	"fmt"
	"slices"

	"golang.org/x/crypto/bcrypt"
)

// roster is an immutable set of users.
type roster struct {
	byName map[string]*User
	nobody []byte // the hash for the passwords of unknown users
}

// Check returns the error that New and Replace would return for these accounts.
func Check(accounts []Account) error {
	_, err := newRoster(accounts)
	return err
}

func newRoster(accounts []Account) (*roster, error) {
	r := &roster{byName: map[string]*User{}}
	cost := bcrypt.MinCost
	for _, a := range accounts {
		user := &User{Name: a.Name, hash: []byte(a.Hash)}
		for _, name := range a.Rights {
			right, ok := ParseRight(name)
			if !ok {
				return nil, fmt.Errorf("user %s: %q is not a right", a.Name, name)
			}
			user.Rights |= right
		}
		for _, k := range a.Keys {
			user.Prefixes = append(user.Prefixes, []byte(k))
		}
		if a.Hash != "" {
			c, err := bcrypt.Cost(user.hash)
			if err != nil {
				return nil, fmt.Errorf("user %s: the password is not a bcrypt hash: %w", a.Name, err)
			}
			cost = max(cost, c)
		}
		r.byName[a.Name] = user
	}
	// The time of a check must not reveal whether a user exists.
	var err error
	if r.nobody, err = bcrypt.GenerateFromPassword([]byte("nobody"), cost); err != nil {
		return nil, fmt.Errorf("hash a password: %w", err)
	}
	return r, nil
}

// Replace replaces all users by accounts, or changes nothing and returns an error. A *User that is gone or has changed is
// no longer Current. Passwords of unchanged users stay Known.
func (u *Users) Replace(accounts []Account) error {
	r, err := newRoster(accounts)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for name, old := range u.now.Load().byName {
		if user := r.byName[name]; user != nil && user.equal(old) {
			r.byName[name] = old
		} else {
			delete(u.known, name)
		}
	}
	u.now.Store(r)
	return nil
}

// Current reports whether user is still a user, unchanged.
func (u *Users) Current(user *User) bool { return u.Named(user.Name) == user }

func (u *User) equal(o *User) bool {
	return u.Name == o.Name && u.Rights == o.Rights && bytes.Equal(u.hash, o.hash) && slices.EqualFunc(u.Prefixes, o.Prefixes, bytes.Equal)
}
