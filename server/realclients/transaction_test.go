package realclients

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// TestGoRedisTransaction uses TxPipelined, which sends MULTI and EXEC around a pipeline.
func TestGoRedisTransaction(t *testing.T) {
	bothProtocols(t, func(t *testing.T, c *redis.Client) {
		ctx := background(t)
		var n *redis.IntCmd
		var got *redis.StringCmd
		_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "k", binary, 0)
			n = p.IncrBy(ctx, "n", 41)
			got = p.Get(ctx, "k")
			return nil
		})
		is(t, "INCRBY", n.Val(), err, 41)
		is(t, "GET", got.Val(), err, binary)

		_, err = c.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "refused", "1", 0)
			p.LPush(ctx, "list", "x")
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "unknown command") && !strings.Contains(err.Error(), "EXECABORT") {
			t.Errorf("a transaction with an unknown command: %v", err)
		}
		there, err := c.Exists(ctx, "refused").Result()
		is(t, "EXISTS", there, err, 0)
	})
}
