package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// names are the names of the descriptors that m stores.
func (m *manager) names() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(slices.Sorted(maps.Keys(m.stored)), " ")
}

// TestKeptAtManager: a node's memory is stored at its service manager from the start, and the next process takes it over,
// however the last one has ended. One that keeps nothing, and one of another id, give it up.
func TestKeptAtManager(t *testing.T) {
	if !lru.CanShare {
		t.Skip("SKIPPED: this build cannot keep memory")
	}
	t.Parallel()
	m := playManager(t)
	address, folder := freeAddress(t), t.TempDir()
	configure := func(id, keep, more string) string {
		return write(t, folder, "cacheGopherConfig.json", fmt.Sprintf(`{"servers": [{"id": %q, "address": %q, "role": "primary"}], "common": {"keep_memory": %q%s}}`, id, address, keep, more))
	}
	path := configure("a:1", "systemd", `, "max_memory": "30MB"`)
	start := func() *daemon {
		t.Helper()
		files, env := m.passOn()
		d := launchManaged(t, append(env, "FDSTORE=4"), files, "--config", path)
		d.address = address
		d.serving()
		return d
	}
	d := start()
	d.dial().want("SET a 1", "OK")
	d.eventually("the descriptors", func() bool { return m.names() == "cachegopher-memory-1 cachegopher-position" })
	for _, stop := range []func(){d.Kill, nil, func() { d.stopped() }, func() { d.Kill() }} {
		if stop == nil {
			stop = d.stopped
		}
		stop()
		d = start()
		d.dial().want("GET a", "1")
	}
	d.stopped()
	configure("a:1", "systemd", `, "max_memory": "2GB"`) // another table takes the place of the first
	d = start()
	d.dial().want("GET a", "1")
	d.eventually("one table", func() bool { return m.names() == "cachegopher-memory-2 cachegopher-position" })
	d.Kill()
	d = start()
	d.dial().want("GET a", "1")
	d.stopped()
	configure("another", "systemd", "")
	d = start()
	d.dial().want("GET a", "ERROR: Key not found")
	d.eventually("what the other id has stored is given up", func() bool { return m.names() == "cachegopher-memory-1 cachegopher-position" })
	d.dial().want("SET a 2", "OK")
	d.stopped()
	configure("another", "off", "")
	d = start()
	d.dial().want("GET a", "ERROR: Key not found")
	d.eventually("nothing is stored", func() bool { return m.names() == "" })
	d.stopped()
	configure("another", "systemd", "")
	d = start()
	d.dial().want("GET a", "ERROR: Key not found")
}
