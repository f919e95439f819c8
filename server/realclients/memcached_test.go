package realclients

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/cachegopher/cachegopher/server/servertest"
)

// TestMemcachedClientIsRefused connects a client of memcached to a node. Every request must fail at once with an error
// that says why, and no part of a value may be executed as a line.
func TestMemcachedClientIsRefused(t *testing.T) {
	node := servertest.Start(t)
	c := memcache.New(node.Direct)
	c.Timeout = 20 * time.Second // so that a blocked request is not taken for a refused one
	began := time.Now()
	for name, do := range map[string]func() error{
		"set":    func() error { return c.Set(&memcache.Item{Key: "k", Value: []byte("SET pwn 1\r\nSET pwn 2\r\n")}) },
		"add":    func() error { return c.Add(&memcache.Item{Key: "k", Value: []byte("SET pwn 1")}) },
		"get":    func() error { _, err := c.Get("k"); return err },
		"delete": func() error { return c.Delete("k") },
		"incr":   func() error { _, err := c.Increment("k", 1); return err },
		"touch":  func() error { return c.Touch("k", 10) },
		"ping":   c.Ping,
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), "SERVER_ERROR this is a CacheGopher node") {
			t.Errorf("%s fails with %v", name, err)
		}
	}
	if took := time.Since(began); took > c.Timeout {
		t.Errorf("the refusals took %v", took)
	}
	conn, err := net.Dial("tcp", node.Direct)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("KEYS\nEXIT\n")); err != nil {
		t.Fatal(err)
	}
	if keys, err := io.ReadAll(conn); err != nil || string(keys) != "No keys found\nGoodbye!\n" {
		t.Errorf("the node has keys: %q, %v", keys, err)
	}
}
