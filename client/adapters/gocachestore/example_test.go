package gocachestore_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/eko/gocache/lib/v4/cache"
	"github.com/eko/gocache/lib/v4/store"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/adapters/gocachestore"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

func Example() {
	g, err := nodeprocess.Start(0)
	if err != nil {
		log.Fatal(err)
	}
	defer g.Close()
	c, err := client.New(client.WithConfigFile(g.Nodes[0].Config))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // always nil

	ctx := context.Background()
	users := cache.New[[]byte](gocachestore.New(c, store.WithExpiration(time.Minute)))
	if err := users.Set(ctx, "user:42", []byte("Ann"), store.WithTags([]string{"users"})); err != nil {
		log.Fatal(err)
	}
	v, err := users.Get(ctx, "user:42")
	fmt.Println(string(v), err)
	if err := users.Invalidate(ctx, store.WithInvalidateTags([]string{"users"})); err != nil {
		log.Fatal(err)
	}
	_, err = users.Get(ctx, "user:42")
	fmt.Println(err)
	// Output:
	// Ann <nil>
	// value not found in store
}
