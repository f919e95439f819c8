package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

var ctx = context.Background()

// These examples run against a node in the test's process; see docs/client.md,
// which shows the same code.

func Example() {
	defer startNode()()

	c, err := client.New(client.WithConfigFile("cacheGopherConfig.json"))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	if err := c.Set(ctx, "user:42", []byte("Ann"), client.TTL(time.Minute)); err != nil {
		log.Print(err)
	}
	v, err := c.Get(ctx, "user:42")
	switch {
	case errors.Is(err, client.ErrNotFound):
		fmt.Println("not cached")
	case err != nil:
		log.Print(err) // ask the database
	default:
		fmt.Printf("%s\n", v)
	}
	// Output: Ann
}

func ExampleClient_GetOrLoad() {
	c, stop := newClient()
	defer stop()

	load := func(ctx context.Context) ([]byte, error) {
		fmt.Println("asking the database")
		return []byte("Ann"), nil
	}
	for range 2 {
		v, err := c.GetOrLoad(ctx, "user:42", time.Minute, load)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", v)
	}
	// Output:
	// asking the database
	// Ann
	// Ann
}

func ExampleWithLocalReads() {
	defer startNode()()

	c, err := client.New(client.WithConfigFile("cacheGopherConfig.json"), client.WithLocalReads())
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	if err := c.Set(ctx, "user:42", []byte("Ann")); err != nil {
		log.Print(err)
	}
	v, err := c.Get(ctx, "user:42") // from memory, if the node is on this machine and allows it
	fmt.Printf("%s %v\n", v, err)
	// Output: Ann <nil>
}

func ExampleClient_GetMany() {
	c, stop := newClient()
	defer stop()

	err := c.SetMany(ctx, []client.Item{
		{Key: "a", Value: []byte("1")},
		{Key: "b", Value: []byte("2"), TTL: time.Minute},
	})
	if err != nil {
		log.Fatal(err)
	}
	keys := []string{"a", "b", "c"}
	results, err := c.GetMany(ctx, keys)
	if err != nil {
		log.Print(err) // some keys failed; the others are there
	}
	for i, r := range results {
		fmt.Printf("%s: %s %v\n", keys[i], r.Value, errors.Is(r.Err, client.ErrNotFound))
	}
	// Output:
	// a: 1 false
	// b: 2 false
	// c:  true
}

func ExampleClient_CompareAndDelete() {
	c, stop := newClient()
	defer stop()

	// A lock for ten seconds that only its owner gives back.
	owner := []byte("worker 7")
	got, err := c.Add(ctx, "lock:report", owner, client.TTL(10*time.Second))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("locked:", got)
	released, err := c.CompareAndDelete(ctx, "lock:report", owner)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("released:", released)
	// Output:
	// locked: true
	// released: true
}

func ExampleClient_GetTo() {
	c, stop := newClient()
	defer stop()

	if err := c.Set(ctx, "k", []byte("value")); err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 0, 1024) // used again and again: nothing is allocated
	for range 3 {
		v, err := c.GetTo(ctx, "k", buf[:0])
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s ", v)
	}
	// Output: value value value
}

func ExampleClient_Pipeline() {
	c, stop := newClient()
	defer stop()

	p := c.Pipeline()
	p.Set("user:42:name", []byte("Ann"))
	name := p.Get("user:42:name")
	visits := p.Incr("visits", 1)
	if err := p.Exec(ctx); err != nil {
		log.Fatal(err)
	}
	v, _ := name.Bytes()
	n, _ := visits.Int()
	fmt.Printf("%s, visit %d\n", v, n)
	// Output: Ann, visit 1
}

func ExampleClient_Scan() {
	c, stop := newClient()
	defer stop()

	for _, k := range []string{"user:1", "user:2", "group:1"} {
		if err := c.Set(ctx, k, nil); err != nil {
			log.Fatal(err)
		}
	}
	var users []string
	for key, err := range c.Scan(ctx, client.ScanOptions{Match: "user:*"}) {
		if err != nil {
			log.Fatal(err)
		}
		users = append(users, key)
	}
	slices.Sort(users) // a walk has no order
	fmt.Println(users)
	// Output: [user:1 user:2]
}

func ExampleTyped() {
	c, stop := newClient()
	defer stop()

	type User struct{ Name string }
	users := client.NewTyped[User](c, nil) // JSON
	if err := users.Set(ctx, "user:42", User{"Ann"}, client.TTL(time.Minute)); err != nil {
		log.Fatal(err)
	}
	u, err := users.Get(ctx, "user:42")
	fmt.Println(u.Name, err)
	// Output: Ann <nil>
}

func ExampleError() {
	c, stop := newClient()
	defer stop()

	err := c.Set(ctx, "k", make([]byte, client.MaxItemBytes))
	var e *client.Error
	if errors.As(err, &e) {
		fmt.Println(e.Op, errors.Is(err, client.ErrTooLarge), errors.Is(err, client.ErrNotSent))
	}
	fmt.Println(err)
	// Output:
	// Set true true
	// cache Set: not sent: key and value are 65537 bytes, the limit is 65536
}
