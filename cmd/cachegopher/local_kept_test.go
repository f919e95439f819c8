package main

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// TestLocalReadsOfKeptMemory reads, in this process, the memory of a node that keeps it in a folder or at its service manager, over
// the node's end in order and its death: what was stored is read from memory again, what is new too, and nothing that is old.
func TestLocalReadsOfKeptMemory(t *testing.T) {
	folder := keptFolder(t)
	for _, keep := range []string{folder, "systemd"} {
		t.Run(keep, func(t *testing.T) {
			m, address := playManager(t), freeAddress(t)
			path := write(t, t.TempDir(), "cacheGopherConfig.json", fmt.Sprintf(
				`{"servers": [{"id": "n0", "address": %q, "role": "primary"}], "common": {"keep_memory": %q, "max_memory": "30MB", "local_reads": true}}`, address, keep))
			start := func() *daemon {
				t.Helper()
				files, env := m.passOn()
				d := launchManaged(t, append(env, "FDSTORE=4"), files, "--config", path)
				d.address = address
				d.serving()
				return d
			}
			d := start()
			// A node that is set aside for the second time within half a minute, as one that takes its time to start is, is not read
			// from memory for as long.
			c, err := client.New(client.WithConfigFile(path), client.WithLocalReads(), client.WithUnhealthy(1<<20, time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for i, stop := range []func(){nil, func() { d.stopped() }, func() { d.Kill() }, func() { d.stopped() }, func() { d.Kill() }} {
				if stop != nil {
					d.dial().want("SET a between", "OK") // so that memory of before would be noticed
					stop()
					d = start()
				}
				value := fmt.Sprint("value ", i)
				for key, is := range map[string]string{"a": value, fmt.Sprint("key", i): value} {
					testkit.EventuallyNil(t, "the node is asked", func() error { return c.Set(context.Background(), key, []byte(is), client.Idempotent()) })
				}
				// The end of a second connection, which is noticed later, makes the client give the memory up once more.
				d.eventually("all reads are from memory", func() bool {
					before := c.Nodes()[0].LocalReads
					for k := range i + 1 {
						if v, err := c.Get(context.Background(), fmt.Sprint("key", k)); err != nil || string(v) != fmt.Sprint("value ", k) {
							t.Fatalf("start %d: key%d is %q, %v", i, k, v, err)
						}
					}
					if v, err := c.Get(context.Background(), "a"); err != nil || string(v) != value {
						t.Fatalf("start %d: %q, %v, want %q", i, v, err, value)
					}
					return c.Nodes()[0].LocalReads-before == uint64(i+2)
				})
			}
			d.signal(syscall.SIGTERM)
		})
	}
}
