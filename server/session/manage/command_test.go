package manage_test

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/dialecttest"
)

// TestCommandList filters the names of commands with COMMAND LIST.
func TestCommandList(t *testing.T) {
	c := dialecttest.Connect(t, lru.Options{})
	defer c.Close()
	for _, r := range []struct{ by, of, want string }{
		{"PATTERN", "ge?", "*1\r\n$3\r\nget\r\n"},
		{"pattern", "MSET*", "*2\r\n$4\r\nmset\r\n$6\r\nmsetnx\r\n"},
		{"ACLCAT", "nosuch", "*0\r\n"},
		{"MODULE", "m", "*0\r\n"},
		{"NOSUCH", "m", "-ERR syntax error\r\n"},
	} {
		if got := c.Do("COMMAND", "LIST", "FILTERBY", r.by, r.of); got != r.want {
			t.Errorf("%s %s: %q, want %q", r.by, r.of, got, r.want)
		}
	}
	for _, name := range []string{"get", "set"} {
		all := c.Do("COMMAND", "LIST", "FILTERBY", "ACLCAT", map[string]string{"get": "read", "set": "write"}[name])
		if !strings.Contains(all, "$3\r\n"+name+"\r\n") || strings.Count(all, "\r\n") > 120 {
			t.Errorf("the category of %s has %q", name, all)
		}
	}
}
