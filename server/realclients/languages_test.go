package realclients

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/server/servertest"
)

// languageKeys is the number of keys that each client in another language writes; 100,000 take minutes.
var languageKeys = flag.Int("language-keys", 10_000, "`keys` that each client in another language writes")

// language is a way to install the cluster clients of one language and to start one of them.
type language struct {
	name    string
	clients []string
	install func(t *testing.T) (start func(client, port string) *exec.Cmd) // skips where a client cannot be had
}

var languages = []language{
	{"JavaScript", []string{"ioredis", "ioredis, reads of replicas", "node-redis", "node-redis, reads of replicas"}, nodeClients},
	{"Python", []string{"redis-py", "redis-py, reads of replicas"}, pythonClients},
}

// nodeClients installs Node's clients, at the versions of testdata/node/package.json.
func nodeClients(t *testing.T) func(client, port string) *exec.Cmd {
	folder := npmInstall(t, "cluster.js")
	return func(client, port string) *exec.Cmd {
		return exec.Command("node", filepath.Join(folder, "cluster.js"), client, port)
	}
}

// programs starts a language's clients, with one address of the cluster.
func (l language) programs(t *testing.T, seed *servertest.Node) []clusterClient {
	start := l.install(t)
	_, port, err := net.SplitHostPort(seed.Address)
	if err != nil {
		t.Fatal(err)
	}
	var all []clusterClient
	for _, name := range l.clients {
		all = append(all, programClient(t, name, start(name, port)))
	}
	return all
}

// TestLanguages uses the cluster clients of each language, and ours, with two groups of three nodes.
func TestLanguages(t *testing.T) {
	if raceEnabled {
		t.Skip("left out under the race detector, which does not see other programs")
	}
	for _, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			groups := servertest.StartGroups(t, 2, 3, servertest.MaxMemory(256<<20))
			all := append([]clusterClient{ours(t, groups[0][0].File)}, l.programs(t, groups[1][2])...)
			t.Run("keys", func(t *testing.T) { findKeys(t, groups, all, *languageKeys) })
			t.Run("PROMOTE", func(t *testing.T) { promoteUnder(t, groups, all) })
		})
	}
}

// findKeys writes n keys with each client; each finds its own keys and those of the first, which is ours and finds all.
func findKeys(t *testing.T, groups [][]*servertest.Node, all []clusterClient, n int) {
	ctx, cancel := context.WithTimeout(context.Background(), clusterPatience)
	defer cancel()
	keysOf := func(i int) (keys []string) {
		for k := range n {
			keys = append(keys, fmt.Sprintf("c%d:%d", i, k))
		}
		return keys
	}
	for i, c := range all {
		for part := range slices.Chunk(keysOf(i), 1000) {
			if err := c.set(ctx, part); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
	}
	inStep(ctx, t, groups)
	for i, by := range all {
		began := time.Now()
		by.check(ctx, t, keysOf(i), by.name)
		if i > 0 {
			by.check(ctx, t, keysOf(0), all[0].name)
			all[0].check(ctx, t, keysOf(i), by.name)
		}
		t.Logf("%s: %d keys read in %v", by.name, n, time.Since(began).Round(time.Millisecond))
	}
}
