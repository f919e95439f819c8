package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecret(t *testing.T) {
	c := newCatalog()
	for line, want := range map[string]bool{
		"GET a":                               false,
		"SET user:42 Ada":                     false,
		"SET site https://example.com/?a=b@c": false,
		"SET mail mailto:me@example.com":      false,
		"SET a b@c":                           false,
		"AUTH pw":                             true,
		" auth  user pw":                      true,
		"AUHT pw":                             true,
		"AUT pw":                              true,
		"HELLO 3 AUTH default pw":             true,
		"hello":                               true,
		"ACL SETUSER me >pw":                  true,
		"CONFIG SET requirepass pw":           true,
		"config set masterauth pw":            true,
		"CONFIG GET maxmemory":                false,
		"SET url redis://:pw@host":            true,
		"SET url redis://me:pw@host:1/0":      true,
		"SET url 'see https://me:p/w@host'":   true,
		"SET url https://token@host/":         true,
		"LPUSH x 'a https://b c://d:e@f'":     true,
		"STATUS --password pw":                true,
		"AUTH 'pw":                            true,
		"SET a 'redis://me:pw@":               true,
		"SET a 'b":                            false,
		"\"AUTH\" pw":                         true,
		`$'\x41UTH' pw`:                       true,
	} {
		if got := c.secret(line); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

func TestHistoryFile(t *testing.T) {
	c := newCatalog()
	path := filepath.Join(t.TempDir(), "a", "history")
	var warned error
	warn := func(err error) { warned = err }
	h := openHistory(path, c, warn)
	for _, line := range []string{"GET a", "GET a", " ", "AUTH pw", "GET b", "two\nlines"} {
		if _, err := h.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	h = openHistory(path, c, warn)
	if h.Len() != 2 {
		t.Errorf("%q", h.lines)
	}
	if l, err := h.GetLine(1); l != "GET b" || err != nil {
		t.Error(l, err)
	}
	if _, err := h.GetLine(2); err == nil {
		t.Error("a line behind the last")
	}
	// Secrets written by another program are not shown, and a long file is shortened.
	var long strings.Builder
	for range 2 * historyLines {
		long.WriteString("PING\n")
	}
	if err := os.WriteFile(path, []byte(long.String()+"AUTH pw\nGET z\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h = openHistory(path, c, warn)
	data, err := os.ReadFile(path)
	if h.Len() != historyLines || h.lines[historyLines-1] != "GET z" || err != nil || strings.Count(string(data), "\n") != historyLines || strings.Contains(string(data), "AUTH") {
		t.Errorf("%d lines, %d bytes, %v", h.Len(), len(data), err)
	}
	if warned != nil {
		t.Error(warned)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h = openHistory(filepath.Join(filepath.Dir(path), "file", "history"), c, warn)
	h.Write("GET a") //nolint:errcheck // it warns
	h.Write("GET b") //nolint:errcheck // it warns
	if warned == nil || h.Len() != 2 || errors.Is(warned, os.ErrNotExist) {
		t.Errorf("%v, %q", warned, h.lines)
	}
}

func TestHistoryPath(t *testing.T) {
	for _, c := range []struct{ state, home, want string }{
		{"/s", "/h", "/s/cachegopher/history"},
		{"", "/h", "/h/.local/state/cachegopher/history"},
		{"relative", "/h", "/h/.local/state/cachegopher/history"},
		{"", "", ""},
	} {
		env := map[string]string{"XDG_STATE_HOME": c.state, "HOME": c.home}
		if got := historyPath(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
