package servertest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// A test of code that uses a cache, against a real node and one that does not reply.
func Example() {
	test := func(t *testing.T) {
		node := servertest.Start(t)
		c, err := client.New(client.WithServers(node.Address), client.WithReadTimeout(100*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // always nil

		if err := c.Set(t.Context(), "user:42", []byte("Ann")); err != nil {
			t.Fatal(err)
		}
		node.Stall()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := c.Get(ctx, "user:42"); !errors.Is(err, client.ErrTimeout) {
			t.Errorf("a cache that does not answer: %v", err)
		}
	}
	_ = test // go test calls it when its name begins with Test
}
