package realclients

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
	"github.com/redis/go-redis/v9"
)

func goRedis(t *testing.T, o redis.Options) (*redis.Client, *servertest.Node) {
	node := servertest.Start(t)
	o.Addr = node.Address
	c := redis.NewClient(&o)
	t.Cleanup(func() { c.Close() })
	return c, node
}

// bothProtocols runs a test with RESP3, go-redis' default, and RESP2.
func bothProtocols(t *testing.T, test func(*testing.T, *redis.Client)) {
	for _, o := range []redis.Options{{ClientName: "web-1"}, {ClientName: "web-1", Protocol: 2}} {
		t.Run(fmt.Sprintf("protocol %d", o.Protocol), func(t *testing.T) {
			c, _ := goRedis(t, o)
			test(t, c)
		})
	}
}

// TestGoRedisStrings uses a cache as typical programs do.
func TestGoRedisStrings(t *testing.T) {
	bothProtocols(t, func(t *testing.T, c *redis.Client) {
		ctx := background(t)
		pong, err := c.Ping(ctx).Result()
		is(t, "PING", pong, err, "PONG")
		ok, err := c.Set(ctx, "k", binary, time.Hour).Result()
		is(t, "SET", ok, err, "OK")
		got, err := c.Get(ctx, "k").Result()
		is(t, "GET of every byte", got, err, binary)
		left, err := c.TTL(ctx, "k").Result()
		is(t, "TTL", left.Round(time.Minute), err, time.Hour)
		if err := c.Get(ctx, "none").Err(); !errors.Is(err, redis.Nil) {
			t.Errorf("GET of nothing: %v", err)
		}
		was, err := c.SetNX(ctx, "k", "x", 0).Result() //nolint:staticcheck // programs use it
		is(t, "SETNX", was, err, false)
		n, err := c.IncrBy(ctx, "n", 41).Result()
		is(t, "INCRBY", n, err, 41)
		f, err := c.IncrByFloat(ctx, "n", 1.5).Result()
		is(t, "INCRBYFLOAT", f, err, 42.5)
		all, err := c.MGet(ctx, "n", "none", "n").Result()
		is(t, "MGET", fmt.Sprint(all), err, "[42.5 <nil> 42.5]")
		moved, err := c.RenameNX(ctx, "n", "m").Result()
		is(t, "RENAMENX", moved, err, true)
		deleted, err := c.Del(ctx, "m", "none").Result()
		is(t, "DEL", deleted, err, 1)
		got, err = c.GetEx(ctx, "k", time.Minute).Result()
		is(t, "GETEX", got, err, binary)
		old, err := c.SetArgs(ctx, "k", "new", redis.SetArgs{Get: true, KeepTTL: true}).Result()
		is(t, "SET GET KEEPTTL", old, err, binary)
		saysUnknown(t, c.LPush(ctx, "l", "x").Err())
		if err := c.Incr(ctx, "k").Err(); err == nil || err.Error() != "ERR value is not an integer or out of range" {
			t.Errorf("INCR of a word: %v", err)
		}
	})
}

// TestGoRedisPipeline sends many requests at once and gets their replies in order.
func TestGoRedisPipeline(t *testing.T) {
	bothProtocols(t, func(t *testing.T, c *redis.Client) {
		ctx := background(t)
		const requests = 5000
		replies, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range requests {
				p.Set(ctx, "p"+strconv.Itoa(i), i, 0)
				p.Get(ctx, "p"+strconv.Itoa(i))
			}
			return nil
		})
		if err != nil || len(replies) != 2*requests {
			t.Fatalf("%d replies, %v", len(replies), err)
		}
		for i := range requests {
			got, err := replies[2*i+1].(*redis.StringCmd).Result()
			is(t, "a GET of the pipeline", got, err, strconv.Itoa(i))
		}
		seen := map[string]bool{}
		for it := c.Scan(ctx, 0, "p*", 100).Iterator(); it.Next(ctx); {
			seen[it.Val()] = true
		}
		is(t, "keys of a SCAN iterator", len(seen), nil, requests)
		size, err := c.DBSize(ctx).Result()
		is(t, "DBSIZE", size, err, requests)
	})
}

// TestGoRedisServer reads replies that go-redis parses: lists of clients, commands and settings.
func TestGoRedisServer(t *testing.T) {
	bothProtocols(t, func(t *testing.T, c *redis.Client) {
		ctx := background(t)
		name, err := c.ClientGetName(ctx).Result()
		is(t, "CLIENT GETNAME", name, err, "web-1")
		info, err := c.ClientInfo(ctx).Result()
		if err != nil || info.Name != "web-1" || info.FD == 0 || info.LibName == "" || info.DB != 0 {
			t.Errorf("CLIENT INFO: %+v, %v", info, err)
		}
		commands, err := c.Command(ctx).Result()
		if err != nil || commands["set"] == nil || commands["set"].ReadOnly || commands["get"].FirstKeyPos != 1 || !commands["get"].ReadOnly {
			t.Errorf("COMMAND: %d, %v", len(commands), err)
		}
		settings, err := c.ConfigGet(ctx, "maxmemory*").Result()
		is(t, "CONFIG GET", settings["maxmemory-policy"], err, "allkeys-lru")
		c.Set(ctx, "k", "v", 0)
		encoding, err := c.ObjectEncoding(ctx, "k").Result()
		is(t, "OBJECT ENCODING", encoding, err, "embstr")
		if n, err := c.MemoryUsage(ctx, "k").Result(); err != nil || n < 2 {
			t.Errorf("MEMORY USAGE: %d, %v", n, err)
		}
		if now, err := c.Time(ctx).Result(); err != nil || time.Since(now).Abs() > time.Minute {
			t.Errorf("TIME: %v, %v", now, err)
		}
		if log, err := c.SlowLogGet(ctx, 10).Result(); err != nil {
			t.Errorf("SLOWLOG: %v, %v", log, err)
		}
		ok, err := c.FlushAll(ctx).Result()
		is(t, "FLUSHALL", ok, err, "OK")
	})
}

// TestGoRedisTimeout sends requests to a node that does not reply, and again when it does.
func TestGoRedisTimeout(t *testing.T) {
	c, node := goRedis(t, redis.Options{})
	ctx := background(t)
	if err := c.Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	node.Stall()
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := c.Get(short, "k").Err(); err == nil {
		t.Error("a node that does not answer, answered")
	}
	if took := time.Since(began); took > patience {
		t.Errorf("a timeout of 0.2 s took %v", took)
	}
	node.Resume()
	testkit.EventuallyNil(t, "after the timeout", func() error { return c.Get(ctx, "k").Err() })
}

// TestGoRedisReconnect closes all connections, then stops the node.
func TestGoRedisReconnect(t *testing.T) {
	c, node := goRedis(t, redis.Options{ClientName: "web-1"})
	ctx := background(t)
	is(t, "SET", c.Set(ctx, "k", "v", 0).Val(), nil, "OK")
	node.Cut()
	testkit.EventuallyNil(t, "GET after a cut", func() error { return c.Get(ctx, "k").Err() })
	node.Kill()
	if err := c.Set(ctx, "k", "v", 0).Err(); err == nil {
		t.Error("a node that is gone took a value")
	}
	node.Restart()
	testkit.EventuallyNil(t, "SET after a restart", func() error { return c.Set(ctx, "k", "again", 0).Err() })
	got, err := c.Get(ctx, "k").Result()
	is(t, "GET after a restart", got, err, "again")
	name, err := c.ClientGetName(ctx).Result()
	is(t, "the name of a new connection", name, err, "web-1")
}
