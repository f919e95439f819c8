package client_test

import (
	"context"
	"fmt"
	"log"

	"github.com/cachegopher/cachegopher/client"
)

// greeter is a service that takes a Cache rather than a *Client.
type greeter struct{ cache client.Cache }

func (g greeter) greet(ctx context.Context, id string) string {
	name, err := g.cache.Get(ctx, "name:"+id)
	if err != nil {
		return "Hello, stranger!"
	}
	return fmt.Sprintf("Hello, %s!", name)
}

// fakeCache is a map with the methods that the test needs. The embedded interface has
// all others, which panic.
type fakeCache struct {
	client.Cache
	values map[string]string
}

func (f fakeCache) Get(_ context.Context, key string, _ ...client.ReadOption) ([]byte, error) {
	v, ok := f.values[key]
	if !ok {
		return nil, client.ErrNotFound
	}
	return []byte(v), nil
}

func ExampleCache() {
	fake := fakeCache{values: map[string]string{"name:42": "Ann"}}
	fmt.Println(greeter{fake}.greet(ctx, "42"))
	fmt.Println(greeter{fake}.greet(ctx, "7"))
	// Output:
	// Hello, Ann!
	// Hello, stranger!
}

func ExampleClient_Pipelined() {
	c, stop := newClient()
	defer stop()

	var visits client.Queued
	err := c.Pipelined(ctx, func(p *client.Pipeline) error {
		p.Set("name:42", []byte("Ann"))
		visits = p.Incr("visits:42", 1)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	n, err := visits.Int()
	fmt.Println(n, err)
	// Output: 1 <nil>
}
