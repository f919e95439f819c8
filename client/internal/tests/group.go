package tests

import (
	"testing"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// Group starts a primary and a secondary, processes of their own, and a client of both. All end with the test.
func Group(t testing.TB) (*nodeprocess.Group, *client.Client) {
	t.Helper()
	g, err := nodeprocess.Start(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	c, err := client.New(client.WithConfigFile(g.Config))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // always nil
	return g, c
}
