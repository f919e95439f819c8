package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

func TestHeapLimit(t *testing.T) {
	const mb, gb = 1 << 20, 1 << 30
	for _, c := range []struct{ available, store, want int64 }{
		{10 * gb, 2 * gb, 7730941132}, // nine tenths of 8 GiB
		{gb, 768 * mb, 241591910},
		{gb, 1000 * mb, leastHeap}, // the store leaves little
		{gb, 2 * gb, leastHeap},    // and here nothing
		{64 * mb, mb, leastHeap},
		{4 * gb, 0, 1932735283}, // a budget of entries only: half is left alone
	} {
		if got := heapLimit(c.available, c.store); got != c.want {
			t.Errorf("%d available, %d for the store: %d, want %d", c.available, c.store, got, c.want)
		}
	}
}

// TestGarbageLimit leaves room for what budgets allow, and for some garbage of what is in use anyway.
func TestGarbageLimit(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct{ budgets, live, runtime, want int64 }{
		{64 * mb, 3 * mb, 5 * mb, 104 * mb},
		{64 * mb, 60 * mb, 5 * mb, 104 * mb},
		{64 * mb, 400 * mb, 30 * mb, 546 * mb}, // connections with TLS
	} {
		if got := garbageLimit(c.budgets, c.live, c.runtime); got != c.want {
			t.Errorf("budgets of %d MB, %d MB in use, %d MB of the runtime: %d MB, want %d", c.budgets/mb, c.live/mb, c.runtime/mb, got/mb, c.want/mb)
		}
	}
}

// TestHeapOfNode reads a node's limit from its metrics: as client_buffers leave it, as the store leaves it, after
// CONFIG SET, and as the operator wants it.
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
	if got, want := limit(port), int64(50e6+besideBudgets); got != want {
		t.Errorf("the limit is %d, want %d", got, want)
	}
	port = freePort(t)
	d = startConfig(t, fmt.Sprintf(config, "1TB", port))
	d.serving()
	if got, want := limit(port), heapLimit(lru.AvailableMemory(), 64_000_000); got != want {
		t.Errorf("the limit is %d, want %d", got, want)
	}
	w, err := dialWire(d.address)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // the test is over
	if _, err := w.do("CONFIG", "SET", "maxmemory", "4000000000"); err != nil {
		t.Fatal(err)
	}
	d.eventually("new limit", func() bool { return limit(port) == heapLimit(lru.AvailableMemory(), 4_000_000_000) })

	t.Setenv("GOMEMLIMIT", "123MiB")
	port = freePort(t)
	d = startConfig(t, fmt.Sprintf(config, "50MB", port))
	d.serving()
	if got := limit(port); got != 123<<20 {
		t.Errorf("the limit is %d, the operator wants 123 MiB", got)
	}
}
