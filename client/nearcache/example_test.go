package nearcache_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/nearcache"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

func Example() {
	g, err := nodeprocess.Start(0)
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()

	near, err := nearcache.New(nearcache.Options{MaxBytes: 16 << 20, TTL: 5 * time.Second})
	if err != nil {
		log.Fatal(err)
	}
	defer near.Close()
	c, err := client.New(client.WithConfigFile(g.Nodes[0].Config), client.WithNearCache(near))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // always nil

	ctx := context.Background()
	if err := c.Set(ctx, "user:42", []byte("Ann")); err != nil {
		log.Fatal(err)
	}
	for range 3 { // of which one asks the node
		v, err := c.Get(ctx, "user:42")
		fmt.Println(string(v), err)
	}
	fmt.Println(c.Nodes()[0].Requests >= 2, near.Len())
	// Output:
	// Ann <nil>
	// Ann <nil>
	// Ann <nil>
	// true 1
}
