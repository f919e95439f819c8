package keyspace_test

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/dialecttest"
)

// TestIfEq compares SET with IFEQ, and DELIFEQ, with Valkey's documentation.
func TestIfEq(t *testing.T) {
	c := dialecttest.Connect(t, lru.Options{})
	defer c.Close()
	for _, r := range []struct{ request, reply string }{
		{"SET k new IFEQ old", "$-1\r\n"}, // no key, so no match
		{"EXISTS k", ":0\r\n"},
		{"SET k old", "+OK\r\n"},
		{"SET k new IFEQ other", "$-1\r\n"},
		{"GET k", "$3\r\nold\r\n"},
		{"SET k new IFEQ old", "+OK\r\n"},
		{"GET k", "$3\r\nnew\r\n"},
		{"SET k newer IFEQ new GET", "$3\r\nnew\r\n"},
		{"SET k newest IFEQ new GET", "$5\r\nnewer\r\n"}, // not set: returns the current value
		{"GET k", "$5\r\nnewer\r\n"},
		{"SET none x IFEQ y GET", "$-1\r\n"},
		{"EXISTS none", ":0\r\n"},
		{"SET k v ifeq newer EX 100", "+OK\r\n"},
		{"TTL k", ":100\r\n"},
		{"SET k w IFEQ v KEEPTTL", "+OK\r\n"},
		{"TTL k", ":100\r\n"},
		{"SET k x IFEQ w", "+OK\r\n"},
		{"TTL k", ":-1\r\n"},
		{"SET k y PX 5000 IFEQ x", "+OK\r\n"},
		{"SET k z IFEQ y NX", "-ERR syntax error\r\n"},
		{"SET k z NX IFEQ y", "-ERR syntax error\r\n"},
		{"SET k z IFEQ y XX", "-ERR syntax error\r\n"},
		{"SET k z XX IFEQ y", "-ERR syntax error\r\n"},
		{"SET k z IFEQ", "-ERR syntax error\r\n"},
		{"SET k z IFEQ y IFEQ y", "-ERR syntax error\r\n"},
		{"GETEX k IFEQ y", "-ERR syntax error\r\n"},
		{"GET k", "$1\r\ny\r\n"},
		{"DELIFEQ k x", ":0\r\n"},
		{"DELIFEQ none x", ":0\r\n"},
		{"DELIFEQ k", "-ERR wrong number of arguments for 'delifeq' command\r\n"},
		{"DELIFEQ k y z", "-ERR wrong number of arguments for 'delifeq' command\r\n"},
		{"DELIFEQ k y", ":1\r\n"},
		{"EXISTS k", ":0\r\n"},
	} {
		if got := c.Do(strings.Fields(r.request)...); got != r.reply {
			t.Errorf("%s is answered %q, want %q", r.request, got, r.reply)
		}
	}
	// Values are compared byte by byte, empty and long ones too.
	for _, v := range []string{"", "a\r\nb\x00", strings.Repeat("v", 60_000)} {
		c.Do("SET", "k", v)
		if got := c.Send(dialecttest.Request("DELIFEQ", "k", v+"x") + dialecttest.Request("SET", "k", v, "IFEQ", v) + dialecttest.Request("DELIFEQ", "k", v)); got != ":0\r\n+OK\r\n:1\r\n" {
			t.Errorf("a value of %d bytes: %q", len(v), got)
		}
	}
}

// TestTTLRounds checks the rounding of TTL, which a comparison with redis-server cannot, since its clock is running.
func TestTTLRounds(t *testing.T) {
	now := int64(1_700_000_000_000)
	c := dialecttest.Connect(t, lru.Options{Clock: func() int64 { return now }})
	defer c.Close()
	for _, r := range []struct{ px, ttl, pttl string }{
		{"1", ":0\r\n", ":1\r\n"}, {"499", ":0\r\n", ":499\r\n"}, {"500", ":1\r\n", ":500\r\n"},
		{"1499", ":1\r\n", ":1499\r\n"}, {"1500", ":2\r\n", ":1500\r\n"}, {"100000", ":100\r\n", ":100000\r\n"},
	} {
		want := "+OK\r\n" + r.ttl + r.pttl
		if got := c.Send(dialecttest.Request("SET", "k", "v", "PX", r.px) + dialecttest.Request("TTL", "k") + dialecttest.Request("PTTL", "k")); got != want {
			t.Errorf("after PX %s: %q, want %q", r.px, got, want)
		}
	}
	now += 100_000
	if got := c.Send(dialecttest.Request("TTL", "k") + dialecttest.Request("GET", "k") + dialecttest.Request("EXPIRETIME", "k")); got != ":-2\r\n$-1\r\n:-2\r\n" {
		t.Errorf("expired: %q", got)
	}
}
