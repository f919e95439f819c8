package servertest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The user as which nodes of a group sign in at each other.
const (
	nodeUser     = "servertest-node"
	nodePassword = "servertest-node"
)

// StartGroup starts a group of count nodes, the first its primary, and waits until all are in step. They stop when the
// test ends. With User the nodes sign in at each other, and with TLS they use it among themselves. Replication goes
// through the proxies too, so Stall, Cut and Kill affect it.
func StartGroup(t testing.TB, count int, opts ...Option) []*Node {
	t.Helper()
	return StartGroups(t, 1, count, opts...)[0]
}

// StartGroups is StartGroup for a cluster of several groups, which share the keys.
func StartGroups(t testing.TB, groups, count int, opts ...Option) [][]*Node {
	t.Helper()
	o := optionsOf(t, opts)
	if len(o.users) > 0 {
		o.users = append(o.users, user{Name: nodeUser, Password: hashOf(t, nodePassword), Rights: []string{"replication"}})
		o.nodePassword = filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(o.nodePassword, []byte(nodePassword+"\n"), 0o600); err != nil {
			t.Fatalf("servertest: %v", err)
		}
	}
	prefix := o.id
	var nodes []*Node
	for i := range groups * count {
		if prefix != "" {
			o.id = fmt.Sprint(prefix, i+1)
		}
		nodes = append(nodes, newNode(t, o))
	}
	all := slices.Collect(slices.Chunk(nodes, count))
	file := ConfigFile(t, all...)
	for _, n := range nodes {
		n.File = file
		n.start()
		n.listen()
	}
	for _, n := range nodes {
		n.awaitReady()
	}
	return all
}
