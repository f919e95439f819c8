package scsstore_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/adapters/scsstore"
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

	store := scsstore.New(c) // sessions.Store = store, and scs does the rest
	ctx := context.Background()
	if err := store.CommitCtx(ctx, "token", []byte("data"), time.Now().Add(time.Hour)); err != nil {
		log.Fatal(err)
	}
	b, found, err := store.FindCtx(ctx, "token")
	fmt.Println(string(b), found, err)
	// Output: data true <nil>
}
