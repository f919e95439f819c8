package auth

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"golang.org/x/crypto/bcrypt"
)

func accounts(t *testing.T) []Account {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return []Account{
		{Name: "app", Hash: string(hash), Rights: []string{"read", "write"}, Keys: []string{"app:", "x"}},
		{Name: "cert", Rights: []string{"admin"}},
	}
}

// verify waits for the outcome.
func verify(t *testing.T, u *Users, name, password, remote string) *User {
	t.Helper()
	got := make(chan *User, 1)
	if _, err := u.Verify(name, []byte(password), remote, func(user *User) { got <- user }); err != nil {
		t.Fatal(err)
	}
	select {
	case user := <-got:
		return user
	case <-time.After(30 * time.Second):
		t.Fatal("no answer")
		return nil
	}
}

func TestVerify(t *testing.T) {
	core, logged := observer.New(zap.DebugLevel)
	u, err := New(accounts(t), 1, zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	if u.Known("app", []byte("secret")) != nil {
		t.Error("a password is known before it was checked")
	}
	long := make([]byte, MaxPassword+1)
	for i, c := range []struct {
		name, password string
		right          bool
	}{
		{"app", "wrong", false}, {"app", "", false}, {"nobody", "secret", false}, {"cert", "", false}, {"cert", "nobody", false},
		{"nobody", "nobody", false}, {"app", string(long), false}, {"app", "secret", true},
	} {
		// Each from a different address, since failures delay an address.
		if got := verify(t, u, c.name, c.password, fmt.Sprintf("10.0.0.%d:1", i)); (got != nil) != c.right {
			t.Errorf("%s with %.10q: %v", c.name, c.password, got)
		}
	}
	if k := u.Known("app", []byte("secret")); k == nil || k.Rights != Read|Write || u.Known("app", []byte("Secret")) != nil {
		t.Error("the right password is not known, or a wrong one is")
	}
	if s := u.Stats(); s.Accepted != 2 || s.Failed != 7 {
		t.Errorf("%+v", s)
	}
	for _, e := range logged.All() {
		for k, v := range e.ContextMap() {
			if v == "secret" || v == "wrong" || v == "nobody" || k == "password" {
				t.Errorf("the log has %s=%v", k, v)
			}
		}
	}
}

func TestPrefixes(t *testing.T) {
	u, err := New(accounts(t), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"app:1": true, "xyz": true, "app": false, "": false} {
		if u.Named("app").MayTouch([]byte(key)) != want {
			t.Errorf("%q: %v", key, !want)
		}
	}
	if !u.Named("cert").MayTouch([]byte("anything")) {
		t.Error("a user without prefixes may not touch a key")
	}
}

// TestFlood sends wrong passwords without end from one address: it is refused beyond its share, and the
// passwords of others are checked in their turn, not after all of its own.
func TestFlood(t *testing.T) {
	u, err := New(accounts(t), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	var mu sync.Mutex
	u.check = func(hash, password []byte) bool {
		mu.Lock()
		defer mu.Unlock()
		checked++
		return string(password) == "secret"
	}
	busy := 0
	for range 3 * maxOfSource {
		if _, err := u.Verify("app", []byte("guess"), "10.0.0.1:1", func(*User) {}); errors.Is(err, ErrBusy) {
			busy++
		}
	}
	if busy < maxOfSource {
		t.Errorf("%d of %d were refused", busy, 3*maxOfSource)
	}
	if verify(t, u, "app", "secret", "10.0.0.2:1") == nil {
		t.Error("the right password of another address is refused")
	}
	mu.Lock()
	defer mu.Unlock()
	if checked > 5 {
		t.Errorf("%d passwords were checked before that of another address", checked)
	}
}

// TestCancel disconnects clients while their passwords wait: the passwords are neither kept nor checked.
func TestCancel(t *testing.T) {
	u, err := New(accounts(t), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	begun, goOn := make(chan struct{}, maxOfSource), make(chan struct{})
	u.check = func([]byte, []byte) bool {
		begun <- struct{}{}
		<-goOn
		return false
	}
	first := make(chan struct{})
	var cancels []func()
	for i := range maxOfSource {
		cancel, err := u.Verify("app", []byte("guess"), "10.0.0.1:1", func(*User) {
			if i > 0 {
				t.Error("a password whose client is gone was checked")
				return
			}
			close(first)
		})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			<-begun // a check in progress is not cancelled
		}
		cancels = append(cancels, cancel)
	}
	for _, cancel := range append(cancels, cancels...) {
		cancel()
	}
	if s := u.Stats(); s.Waiting != 0 {
		t.Errorf("%d passwords of nobody wait", s.Waiting)
	}
	u.mu.Lock()
	if len(u.turns) != 0 {
		t.Errorf("%d addresses wait for nothing", len(u.turns))
	}
	u.mu.Unlock()
	close(goOn)
	<-first
	if s := u.Stats(); s.Failed != 1 {
		t.Errorf("%+v", s)
	}
}

// TestDelayGrows compares the delays of an address after failures.
func TestDelayGrows(t *testing.T) {
	u, err := New(accounts(t), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	u.check = func([]byte, []byte) bool { return false }
	var last time.Duration
	for range 3 {
		verify(t, u, "app", "guess", "10.0.0.1:1")
		u.mu.Lock()
		s := u.sources["10.0.0.1"]
		delay := s.notBefore.Sub(s.last)
		u.mu.Unlock()
		if delay < 2*last || delay < firstDelay {
			t.Errorf("after %v it is %v", last, delay)
		}
		last = delay
	}
}

func TestHashPassword(t *testing.T) {
	for _, bad := range []string{"", string(make([]byte, MaxPassword+1))} {
		if _, err := HashPassword([]byte(bad)); err == nil {
			t.Errorf("a password of %d bytes is taken", len(bad))
		}
	}
	hash, err := HashPassword([]byte("pw"))
	if cost, e := bcrypt.Cost([]byte(hash)); err != nil || e != nil || cost != Cost {
		t.Error(hash, err)
	}
	if _, err := New([]Account{{Name: "a", Hash: "plain"}}, 1, nil); err == nil {
		t.Error("a password that is no hash is taken")
	}
	if _, err := New([]Account{{Name: "a", Rights: []string{"all"}}}, 1, nil); err == nil {
		t.Error("an unknown right is taken")
	}
}

func TestSourceOf(t *testing.T) {
	for remote, want := range map[string]string{
		"10.0.0.1:5": "10.0.0.1", "[::ffff:10.0.0.1]:5": "10.0.0.1", "[2001:db8::1]:5": "2001:db8::/64", "unix": "unix",
	} {
		if got := sourceOf(remote); got != want {
			t.Errorf("%s: %s", remote, got)
		}
	}
}
