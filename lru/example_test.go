package lru_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync/atomic"
	"time"

	"github.com/cachegopher/cachegopher/lru"
)

func Example() {
	c, err := lru.New(lru.Options{MaxMemory: 64 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	if err := c.Set([]byte("user:42"), []byte("Ada"), 0); err != nil {
		log.Fatal(err)
	}
	// Get appends to the slice it is given, so that one buffer serves many calls.
	greeting, ok := c.Get([]byte("Hello "), []byte("user:42"))
	fmt.Printf("%s %v\n", greeting, ok)

	fmt.Println("deleted:", c.Delete([]byte("user:42")))
	_, ok = c.Get(nil, []byte("user:42"))
	fmt.Println("still there:", ok)

	err = c.Set(nil, []byte("value"), 0)
	fmt.Println(errors.Is(err, lru.ErrEmptyKey))
	// Output:
	// Hello Ada true
	// deleted: true
	// still there: false
	// true
}

// An entry lives for the time it is given, by the cache's clock.
func ExampleCache_Set_expiry() {
	var now atomic.Int64 // a program leaves Clock nil and gets the system's time
	now.Store(1_000_000)
	c, err := lru.New(lru.Options{MaxEntries: 1000, Clock: now.Load})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	if err := c.Set([]byte("session"), []byte("open"), time.Minute); err != nil {
		log.Fatal(err)
	}
	now.Add(59_999)
	_, ok := c.Get(nil, []byte("session"))
	fmt.Println(ok)
	now.Add(1)
	_, ok = c.Get(nil, []byte("session"))
	fmt.Println(ok)
	// Output:
	// true
	// false
}

// A shard that is locked for a while offers more than Cache does: here an entry
// is found, looked at in place, given an expiry and removed, under one lock.
func ExampleShards_Lock() {
	cache, err := lru.New(lru.Options{MaxMemory: 64 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close()

	c := cache.Shards()
	key := []byte("counter")
	h := c.Hash(key)
	s := c.Lock(h)
	defer s.Unlock()
	now := c.Now()
	if err := s.Put(h, key, []byte("41"), 0, now); err != nil {
		log.Fatal(err)
	}
	if e, ok := s.Get(h, key, now); ok {
		fmt.Println(s.Len(e), "bytes,", string(s.AppendValue(nil, e)))
		e, err = s.SetExpiry(h, e, now+1000)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("expires in", s.Expiry(e)-now, "ms")
		s.Remove(h, e)
	}
	_, ok := s.Peek(h, key, now)
	fmt.Println(ok)
	// Output:
	// 2 bytes, 41
	// expires in 1000 ms
	// false
}

// Keys may be strings, and lives durations.
func ExampleCache_SetString() {
	c, err := lru.New(lru.Options{MaxMemory: 64 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	if err := c.SetString("session", []byte("open"), time.Hour); err != nil {
		log.Fatal(err)
	}
	value, ok := c.GetString(nil, "session")
	fmt.Println(string(value), ok)
	ttl, _ := c.TTL([]byte("session"))
	fmt.Println(ttl.Round(time.Minute))
	// Output:
	// open true
	// 1h0m0s
}

// A walk meets every entry, and its body may change the cache.
func ExampleCache_All() {
	c, err := lru.New(lru.Options{MaxMemory: 64 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	for name, age := range map[string]string{"Ada": "36", "Alan": "41", "Grace": "85"} {
		if err := c.SetString(name, []byte(age), 0); err != nil {
			log.Fatal(err)
		}
	}
	for name, age := range c.All() {
		if string(age) > "50" {
			c.Delete(name)
		}
	}
	names := 0
	for range c.Keys() {
		names++
	}
	fmt.Println(names)
	// Output:
	// 2
}

// A policy is chosen when a cache is made.
func ExampleOptions_policy() {
	c, err := lru.New(lru.Options{MaxEntries: 2, Policy: lru.CLOCK})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	for _, key := range []string{"a", "b"} {
		if err := c.SetString(key, nil, 0); err != nil {
			log.Fatal(err)
		}
	}
	c.GetString(nil, "a") // so b goes first
	if err := c.SetString("c", nil, 0); err != nil {
		log.Fatal(err)
	}
	_, a := c.GetString(nil, "a")
	_, b := c.GetString(nil, "b")
	fmt.Println(a, b)
	// Output:
	// true false
}

// Callers that miss the same key at once share one load.
func ExampleCache_GetOrLoad() {
	c, err := lru.New(lru.Options{MaxMemory: 64 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	fromDatabase := func(ctx context.Context) ([]byte, time.Duration, error) {
		fmt.Println("loading")
		return []byte("Ada"), time.Minute, nil
	}
	for range 2 {
		value, err := c.GetOrLoad(context.Background(), nil, []byte("user:42"), fromDatabase)
		fmt.Println(string(value), err)
	}
	// Output:
	// loading
	// Ada <nil>
	// Ada <nil>
}

// OnEvict is called for what is evicted to make room.
func ExampleOptions_onEvict() {
	c, err := lru.New(lru.Options{
		MaxEntries: 2,
		OnEvict:    func(key, value []byte) { fmt.Printf("%s had %s\n", key, value) },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	for _, key := range []string{"a", "b", "c"} {
		if err := c.SetString(key, []byte("value of "+key), 0); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// a had value of a
}
