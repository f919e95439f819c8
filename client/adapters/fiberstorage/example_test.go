package fiberstorage_test

import (
	"fmt"
	"log"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/adapters/fiberstorage"
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

	storage := fiberstorage.New(c, "limiter:") // limiter.Config{Storage: storage}, and Fiber does the rest
	if err := storage.Set("10.0.0.1", []byte("3"), time.Minute); err != nil {
		log.Fatal(err)
	}
	v, err := storage.Get("10.0.0.1")
	fmt.Println(string(v), err)
	if err := storage.Reset(); err != nil {
		log.Fatal(err)
	}
	v, err = storage.Get("10.0.0.1")
	fmt.Println(v == nil, err)
	// Output:
	// 3 <nil>
	// true <nil>
}
