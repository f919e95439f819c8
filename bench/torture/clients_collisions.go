//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cespare/xxhash/v2"
)

// collisions writes keys whose XXH64 under seed 0 has equal first and last bits: they would share a shard and a bucket if
// the node used that seed. It draws its own, so these are keys like any others: as fast, and not evicted.
func collisions(f *field) error {
	keys := make([]string, 0, f.count)
	for n := 0; len(keys) < f.count; n++ {
		if k := fmt.Sprint("c", n); xxhash.Sum64String(k)>>56 == 0 && xxhash.Sum64String(k)&3 == 0 {
			keys = append(keys, k)
		}
	}
	return f.withConn(f.node.address, 0, func(c *peer) error {
		err := f.each(1, func(i int, _ *rand.Rand) error {
			_, err := c.Do(20*time.Second, "SET", keys[i], keys[i])
			return err
		})
		if err != nil {
			return err
		}
		for _, k := range keys {
			if rep, err := c.Do(20*time.Second, "GET", k); err != nil || rep.Text != k {
				return fmt.Errorf("%s holds %v, %v", k, rep, err)
			}
		}
		return nil
	})
}
