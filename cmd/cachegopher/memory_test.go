package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/goruntime"
	"github.com/cachegopher/cachegopher/lru"
)

// TestHeapOfNode reads Go's memory limit of a node from its metrics: set by client_buffers, by the store, after CONFIG SET,
// and by the environment.
func TestHeapOfNode(t *testing.T) {
	const config = `{"servers": [{"id": "a", "address": "%%A", "role": "primary", "max_memory": "64MB", "client_buffers": "%s", "admin_address": "127.0.0.1:%s"}]}`
	limit := func(port string) int64 {
		t.Helper()
		r, err := http.Get("http://127.0.0.1:" + port + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close() //nolint:errcheck // only read
		body, err := io.ReadAll(r.Body)
		m := regexp.MustCompile(`(?m)^go_gc_gomemlimit_bytes (\S+)$`).FindSubmatch(body)
		if err != nil || m == nil {
			t.Fatalf("no limit in the metrics: %v", err)
		}
		n, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		return int64(n)
	}
	port := freePort(t)
	d := startConfig(t, fmt.Sprintf(config, "50MB", port))
	d.serving()
	if got, want := limit(port), int64(50e6+goruntime.BesideBudgets); got != want {
		t.Errorf("the limit is %d, want %d", got, want)
	}
	port = freePort(t)
	d = startConfig(t, fmt.Sprintf(config, "1TB", port))
	d.serving()
	if got, want := limit(port), goruntime.HeapLimit(lru.AvailableMemory(), 64_000_000); got != want {
		t.Errorf("the limit is %d, want %d", got, want)
	}
	w, err := dialPeer(d.address)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // the test is over
	if _, err := w.do("CONFIG", "SET", "maxmemory", "4000000000"); err != nil {
		t.Fatal(err)
	}
	d.eventually("new limit", func() bool { return limit(port) == goruntime.HeapLimit(lru.AvailableMemory(), 4_000_000_000) })

	t.Setenv("GOMEMLIMIT", "123MiB")
	port = freePort(t)
	d = startConfig(t, fmt.Sprintf(config, "50MB", port))
	d.serving()
	if got := limit(port); got != 123<<20 {
		t.Errorf("the limit is %d, the operator wants 123 MiB", got)
	}
}

// TestMemoryAfterCrowd: when many clients leave an idle node, the system gets their memory back.
func TestMemoryAfterCrowd(t *testing.T) {
	t.Parallel()
	d := start(t)
	before := d.resident()
	if before == 0 {
		t.Skip("SKIPPED: resident memory is unknown here, or the race detector's")
	}
	var crowd []*conn
	for range 800 {
		c := d.dial()
		c.send("SET k " + strings.Repeat("v", 60_000)) // half a request, which the node keeps
		crowd = append(crowd, c)
	}
	d.eventually("30 MB for the crowd", func() bool { return d.resident()-before > 30<<20 })
	time.Sleep(2 * time.Second) // it is there when the node looks
	for _, c := range crowd {
		c.Close() //nolint:errcheck // whether this succeeds does not matter
	}
	d.eventually("memory coming back", func() bool { return d.resident()-before < 20<<20 })
}
