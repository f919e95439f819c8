package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/info"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// through asks for n keys that next names, a hundred at a time, and stores what is missing.
func (c *conn) through(n int, next func() int) {
	c.t.Helper()
	const batch = 100
	var keys [batch]string
	for ; n > 0; n -= batch {
		var out []byte
		for i := range keys {
			keys[i] = fmt.Sprint("key:", next())
			out = wire.Request(out, "GET", keys[i])
		}
		c.send(string(out))
		out, missing := out[:0], 0
		for _, key := range keys {
			if c.line() == "$-1\r" {
				out = wire.Request(out, "SET", key, "value")
				missing++
			} else {
				c.line()
			}
		}
		c.send(string(out))
		for range missing {
			c.line()
		}
	}
}

// TestAuto runs a node under AUTO: it changes the policy when other requests come, shows that, goes on with it after a
// restart, and takes other policies by SIGHUP and CONFIG SET.
func TestAuto(t *testing.T) {
	t.Parallel()
	folder, r := keptFolder(t), rand.New(rand.NewPCG(1, 2))
	const size = 400
	config := func(policy string) string {
		return keptConfig(folder, fmt.Sprintf(`, "max_size": %d, "eviction_policy": %q`, size, policy))
	}
	d := startConfig(t, config("LRU"))
	d.serving()
	c := d.dial()
	memory := func() map[string]string { return info.Parse(replies(t, d.address, "INFO", "memory")) }
	shows := func(chosen, redis, by string) {
		t.Helper()
		m := memory()
		if m["eviction_policy"] != chosen || m["maxmemory_policy"] != redis || by != "" && m["evicts_by"] != by {
			t.Errorf("INFO shows %s, %s, evicts by %s; want %s, %s, %s", m["eviction_policy"], m["maxmemory_policy"], m["evicts_by"], chosen, redis, by)
		}
	}
	shows("LRU", "allkeys-lru", "LRU")
	c.set("maxmemory-policy", "auto")
	shows("AUTO", "auto", "LRU")

	scan := 1 << 20
	scanning := func() int { // LRU keeps nothing
		if scan++; scan%3 > 0 {
			return scan
		}
		return r.IntN(size / 2)
	}
	drifting := func() int { // LRU keeps everything
		if r.IntN(6) == 0 {
			scan++
		}
		return scan - int(r.Float64()*r.Float64()*size)
	}
	for _, next := range []func() int{scanning, drifting} {
		before := memory()
		d.eventually("another policy", func() bool {
			c.through(2000, next)
			return memory()["policy_changes"] != before["policy_changes"]
		})
		t.Logf("after %s requests: from %s to %s", d.stats()["requests"], before["evicts_by"], memory()["evicts_by"])
	}
	if m := memory(); d.stats()["evicts_by"] != m["evicts_by"] || m["evicts_by"] == "AUTO" {
		t.Errorf("it evicts by %s, STATS says %s", m["evicts_by"], d.stats()["evicts_by"])
	}

	reload := func(policy string) {
		t.Helper()
		(&reloading{daemon: d}).reload(strings.ReplaceAll(config(policy), "%A", d.address), "reloaded: applied")
	}
	reload("S3-FIFO")
	shows("S3-FIFO", "allkeys-lru", "S3-FIFO")
	reload("AUTO")
	shows("AUTO", "auto", "LFU") // AUTO does not choose S3-FIFO
	reload("LRU")
	reload("AUTO")
	shows("AUTO", "auto", "LRU")
	d.Kill()
	d = d.again()
	shows("AUTO", "auto", "LRU")
	if got := d.stats()["entries"]; got != fmt.Sprint(size) {
		t.Errorf("%s entries are back, want %d", got, size)
	}
	d.dial().set("maxmemory-policy", "TTL")
	shows("TTL", "volatile-ttl", "TTL")
}
