package sut

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSignIn: where the password of a target comes from.
func TestSignIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ rest, env, envFile, user, password string }{
		{rest: "host:1", env: "pw"}, // no user, so no sign-in
		{rest: "app@host:1", env: "pw", user: "app", password: "pw"},
		{rest: "app@host:1", envFile: file, user: "app", password: "from file"},
		{rest: "app:own@host:1", env: "pw", user: "app", password: "own"},
		{rest: "app@host:1", user: "app"},
	} {
		t.Setenv("CACHEGOPHER_PASSWORD", c.env)
		t.Setenv("CACHEGOPHER_PASSWORD_FILE", c.envFile)
		u, err := parseRest(c.rest)
		if err != nil {
			t.Fatal(err)
		}
		if user, password, err := signIn(u); user != c.user || password != c.password || err != nil {
			t.Errorf("%+v: %q, %q, %v", c, user, password, err)
		}
	}
}
