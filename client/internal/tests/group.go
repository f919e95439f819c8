package tests

import (
	"testing"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// Client starts a node and a client of it. Both end with the test.
func Client(t testing.TB) (*client.Client, *servertest.Node) {
	t.Helper()
	n := servertest.Start(t)
	c, err := client.New(client.WithServers(n.Address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // always nil
	return c, n
}

// Group starts a primary and a secondary, processes of their own, and a client of both. All end with the test.
func Group(t testing.TB) (*nodeprocess.Group, *client.Client) {
	t.Helper()
	g, err := nodeprocess.Start(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	c, err := client.New(client.WithConfigFile(g.Nodes[0].Config))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // always nil
	return g, c
}
