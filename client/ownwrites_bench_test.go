package client_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/lru/view"
)

// BenchmarkReadYourWrites reads a thousand keys, written by another client, from a secondary's memory: without the option, with it,
// and with it while the secondary lacks a write of the client.
func BenchmarkReadYourWrites(b *testing.B) {
	if !view.Supported {
		b.Skip("SKIPPED: this build cannot read another process's memory")
	}
	common := map[string]any{"max_memory": "64MB", "local_reads": true}
	g, err := nodeprocess.New(nodeprocess.Options{Secondaries: 1, Sections: map[string]any{"common": common}})
	check(b, err)
	defer g.Close()
	check(b, g.StartAll(ctx))
	members := g.Members(1)
	nearest := []client.Option{client.WithConfig(client.Config{Groups: []client.Group{{ID: "g", Members: []client.Member{
		{ID: "n0", Address: members[0].Address, Zone: "far"}, {ID: "n1", Address: members[1].Address, Zone: "near"}}}}}),
		client.WithZone("near"), client.WithReads(client.ReadNearest), client.WithLocalReads()}
	plain := benchmarkClient(b, nearest)
	own := benchmarkClient(b, append(nearest, client.WithReadYourWrites()))
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = fmt.Sprintf("key %012d", i)
		check(b, plain.Set(ctx, keys[i], []byte("value")))
	}
	check(b, g.Resume()) // and wait for the secondary
	read := func(c *client.Client) func(b *testing.B) {
		return func(b *testing.B) {
			buf := make([]byte, 0, 100)
			b.ReportAllocs()
			for i := range b.N {
				if _, err := c.GetTo(ctx, keys[i%len(keys)], buf); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("without", read(plain))
	b.Run("with", read(own))
	check(b, g.Pause())
	check(b, own.Set(ctx, "other", []byte("value")))
	b.Run("pending", read(own))
	b.Run("Set without", func(b *testing.B) { write(b, plain) })
	b.Run("Set with", func(b *testing.B) { write(b, own) })
}

func write(b *testing.B, c *client.Client) {
	b.Helper()
	b.ReportAllocs()
	for range b.N {
		check(b, c.Set(ctx, "written", []byte("value")))
	}
}

// benchmarkClient returns a client that reads n1's memory.
func benchmarkClient(b *testing.B, opts []client.Option) *client.Client {
	b.Helper()
	c, err := client.New(opts...)
	check(b, err)
	b.Cleanup(func() { c.Close() })
	for !c.Nodes()[1].Local {
		time.Sleep(time.Millisecond)
	}
	return c
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
