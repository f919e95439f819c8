package client_test

import (
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

// TestLocalReadsFreeMemory kills a node, and asks that a client which reads nothing does not keep its memory until the next
// garbage collection.
func TestLocalReadsFreeMemory(t *testing.T) {
	g := localGroup(t, 0)
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	untilMapped(t, 0) // those of other tests' clients, which are closed
	c := clientOf(t, client.WithConfigFile(g.Nodes[0].Config), client.WithLocalReads())
	localStatus(t, c, "n0", true)
	must(t, c.Set(ctx, "k", []byte("v")))
	expect(t, c, "k", "v")
	untilMapped(t, 1)
	g.Nodes[0].Kill()
	untilMapped(t, 0)
}

// untilMapped waits until this process maps the memory of this many nodes.
func untilMapped(t *testing.T, want int) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); mappedTables(t) != want; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the memory of %d nodes is mapped, want %d", mappedTables(t), want)
		}
	}
}

// mappedTables is how many mappings of nodes' memory this process has.
func mappedTables(t *testing.T) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	must(t, err)
	return strings.Count(string(maps), "/memfd:cachegopher (deleted)")
}
