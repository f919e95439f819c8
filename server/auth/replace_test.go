package auth

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// TestReplace removes users, changes some and keeps others.
func TestReplace(t *testing.T) {
	before := append(accounts(t), Account{Name: "stays", Hash: accounts(t)[0].Hash, Rights: []string{"read"}, Keys: []string{"k"}})
	u, err := New(before, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"app", "stays"} {
		if verify(t, u, name, "secret", []string{"10.0.0.1:1", "10.0.0.2:1"}[i]) == nil {
			t.Fatal(name)
		}
	}
	app, cert, stays := u.Named("app"), u.Named("cert"), u.Named("stays")
	if err := u.Replace([]Account{{Name: "app", Rights: []string{"all"}}}); err == nil || !u.Current(app) {
		t.Error("a wrong account was taken, or has changed something")
	}
	hash, err := bcrypt.GenerateFromPassword([]byte("other"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	after := slices.Clone(before)
	after[0].Hash, after[1] = string(hash), Account{Name: "new", Rights: []string{"read"}}
	if err := u.Replace(after); err != nil {
		t.Fatal(err)
	}
	if u.Current(app) || u.Current(cert) || !u.Current(stays) {
		t.Errorf("current: %v, %v, %v", u.Current(app), u.Current(cert), u.Current(stays))
	}
	if u.Known("app", []byte("secret")) != nil || u.Known("stays", []byte("secret")) == nil {
		t.Error("the old password is still known, or that of a user who is the same is not")
	}
	if verify(t, u, "app", "secret", "10.0.0.3:1") != nil || verify(t, u, "app", "other", "10.0.0.4:1") == nil || u.Named("cert") != nil {
		t.Error("the old password is right, or the new one wrong, or who is gone is there")
	}
	for what, change := range map[string]func(*Account){
		"rights": func(a *Account) { a.Rights = []string{"write"} }, "keys": func(a *Account) { a.Keys = nil },
	} {
		changed := slices.Clone(after)
		change(&changed[2])
		was := u.Named("stays")
		if err := u.Replace(changed); err != nil || u.Current(was) {
			t.Errorf("other %s: %v, still current", what, err)
		}
	}
}

// TestReplaceWhileChecking: a password whose user is replaced during the check is not Known afterwards.
func TestReplaceWhileChecking(t *testing.T) {
	u, err := New(accounts(t), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	checking, replaced, done := make(chan bool), make(chan bool), make(chan *User, 1)
	u.check = func([]byte, []byte) bool { close(checking); <-replaced; return true }
	if _, err := u.Verify("app", []byte("secret"), "10.0.0.1:1", func(user *User) { done <- user }); err != nil {
		t.Fatal(err)
	}
	<-checking
	changed := accounts(t) // with a different hash
	if err := u.Replace(changed); err != nil {
		t.Fatal(err)
	}
	close(replaced)
	select {
	case user := <-done:
		if user == nil || u.Current(user) {
			t.Errorf("%v is current", user)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("no answer")
	}
	if u.Known("app", []byte("secret")) != nil {
		t.Error("the old password is known")
	}
}
