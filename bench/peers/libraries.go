package main

import (
	"encoding/binary"
	"runtime/debug"

	"github.com/Yiling-J/theine-go"
	"github.com/coocood/freecache"
	"github.com/dgraph-io/ristretto/v2"
	"github.com/hashicorp/golang-lru/arc/v2"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/maypok86/otter/v2"

	"github.com/cachegopher/cachegopher/bench/policies"
)

// simple is what a cache that answers at once has in common with others.
type simple interface {
	Get(key uint64) (struct{}, bool)
	Add(key uint64, value struct{})
}

// libraries are other caches for Go, with the defaults that their documentation advises. What they do in the background, is
// waited for after each miss.
func libraries() []policies.Way {
	return []policies.Way{
		{Name: "otter", Misses: replayOtter},
		{Name: "theine", Misses: replayTheine},
		{Name: "ristretto", Misses: replayRistretto},
		{Name: "golang-lru", Misses: replaying(func(n int) (simple, error) {
			c, err := lru.New[uint64, struct{}](n)
			return adder{c}, err
		})},
		{Name: "golang-lru 2Q", Misses: replaying(func(n int) (simple, error) { return lru.New2Q[uint64, struct{}](n) })},
		{Name: "golang-lru ARC", Misses: replaying(func(n int) (simple, error) { return arc.NewARC[uint64, struct{}](n) })},
		{Name: "freecache", Misses: replayFreecache},
	}
}

// adder is golang-lru's plain cache, whose Add has a result.
type adder struct{ *lru.Cache[uint64, struct{}] }

func (a adder) Add(key uint64, value struct{}) { a.Cache.Add(key, value) }

// through asks a cache for a key, and stores it after a miss.
func through(get func(key uint64) bool, store func(key uint64)) func(key uint64) (hit bool) {
	return func(key uint64) bool {
		hit := get(key)
		if !hit {
			store(key)
		}
		return hit
	}
}

// replaying is the way of the caches that open opens; those that do not take so few objects have none.
func replaying(open func(objects int) (simple, error)) func(r *policies.Requests, objects, from int) float64 {
	return func(r *policies.Requests, objects, from int) float64 {
		c, err := open(objects)
		if err != nil {
			return -1
		}
		return r.Replay(from, through(func(key uint64) bool { _, ok := c.Get(key); return ok }, func(key uint64) { c.Add(key, struct{}{}) }))
	}
}

func replayOtter(r *policies.Requests, objects, from int) float64 {
	c := otter.Must(&otter.Options[uint64, struct{}]{MaximumSize: objects, Executor: func(fn func()) { fn() }})
	defer c.StopAllGoroutines()
	return r.Replay(from, through(
		func(key uint64) bool { _, ok := c.GetIfPresent(key); return ok },
		func(key uint64) { c.Set(key, struct{}{}) }))
}

func replayTheine(r *policies.Requests, objects, from int) float64 {
	c, err := theine.NewBuilder[uint64, struct{}](int64(objects)).Build()
	if err != nil {
		return -1
	}
	defer c.Close()
	return r.Replay(from, through(
		func(key uint64) bool { _, ok := c.Get(key); return ok },
		func(key uint64) { c.Set(key, struct{}{}, 1); c.Wait() }))
}

func replayRistretto(r *policies.Requests, objects, from int) float64 {
	n := int64(objects)
	c, err := ristretto.NewCache(&ristretto.Config[uint64, struct{}]{NumCounters: 10 * n, MaxCost: n, BufferItems: 64, IgnoreInternalCost: true})
	if err != nil {
		return -1
	}
	defer c.Close()
	return r.Replay(from, through(
		func(key uint64) bool { _, ok := c.Get(key); return ok },
		func(key uint64) { c.Set(key, struct{}{}, 1); c.Wait() }))
}

// freecache takes no entry larger than 1/1024 of its memory, of which it has at least 512 KB, and has 24 bytes beside each.
const (
	freecacheLeast  = 512 << 10
	freecacheHeader = 24
)

func replayFreecache(r *policies.Requests, objects, from int) float64 {
	bytes := max(64, freecacheLeast/objects)
	if objects*bytes/1024 < bytes {
		return -1
	}
	c := freecache.NewCache(objects * bytes)
	defer debug.FreeOSMemory()
	var key [8]byte
	value := make([]byte, bytes-freecacheHeader-len(key))
	return r.Replay(from, through(
		func(k uint64) bool {
			binary.LittleEndian.PutUint64(key[:], k)
			_, err := c.Get(key[:])
			return err == nil
		},
		func(uint64) { _ = c.Set(key[:], value, 0) })) // what it does not take is missing
}
