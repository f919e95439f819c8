package servertest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Whom the nodes of a group sign in as at each other, if they have users.
const (
	nodeUser     = "servertest-node"
	nodePassword = "servertest-node"
)

// StartGroup starts a group of count nodes that replicate, of which the first is the primary, and waits until all are
// in step. They end with the test. With User they sign in at each other, with TLS they use it between themselves too.
// Replication goes through the nodes' proxies like everything else, so that Stall, Cut and Kill concern it.
func StartGroup(t testing.TB, count int, opts ...Option) []*Node {
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
	for i := range count {
		if prefix != "" {
			o.id = fmt.Sprint(prefix, i+1)
		}
		nodes = append(nodes, newNode(t, o))
	}
	file := ConfigFile(t, nodes)
	for _, n := range nodes {
		n.File = file
		n.start()
		n.listen()
	}
	for _, n := range nodes {
		n.awaitReady()
	}
	return nodes
}
