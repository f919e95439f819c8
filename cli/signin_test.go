package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSignInWithoutFlags takes user and password from elsewhere: neither must be an argument, which ps would show.
func TestSignInWithoutFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o    options
		env  map[string]string
		want credentials
	}{
		{options{user: "app"}, map[string]string{"CACHEGOPHER_PASSWORD": "pw"}, credentials{"app", "pw"}},
		{options{user: "app"}, map[string]string{"CACHEGOPHER_PASSWORD_FILE": file}, credentials{"app", "from file"}},
		{options{user: "app", password: file}, map[string]string{"CACHEGOPHER_PASSWORD": "pw"}, credentials{"app", "from file"}},
		{options{}, map[string]string{"CACHEGOPHER_PASSWORD": "pw"}, credentials{"", "pw"}},
		{options{address: "cachegopher://app@127.0.0.1:1"}, map[string]string{"CACHEGOPHER_PASSWORD": "pw"}, credentials{"app", "pw"}},
		{options{address: "cachegopher://app@127.0.0.1:1", password: file}, nil, credentials{"app", "from file"}},
		{options{address: "cachegopher://app:own@127.0.0.1:1"}, map[string]string{"CACHEGOPHER_PASSWORD": "pw"}, credentials{"app", "own"}},
		{options{address: "127.0.0.1:1", user: "app"}, map[string]string{"CACHEGOPHER_PASSWORD": "pw"}, credentials{"app", "pw"}},
	} {
		if c.o.address == "" {
			c.o.address = "127.0.0.1:1"
		}
		target, err := c.o.target(func(name string) string { return c.env[name] })
		if err != nil || target.as != c.want {
			t.Errorf("%+v, %v: %+v, %v", c.o, c.env, target, err)
		}
	}
	for _, env := range []map[string]string{{"CACHEGOPHER_PASSWORD": "a", "CACHEGOPHER_PASSWORD_FILE": file}, {"CACHEGOPHER_PASSWORD_FILE": file + "none"}} {
		if _, err := (&options{address: "127.0.0.1:1"}).target(func(name string) string { return env[name] }); err == nil {
			t.Errorf("%v is accepted", env)
		}
	}
}
