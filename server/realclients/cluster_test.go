package realclients

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
)

// clusterPatience bounds a test of a cluster, whose nodes all run in this process.
const clusterPatience = 5 * time.Minute

// keysEach is the number of keys that each client writes.
func keysEach() int {
	if raceEnabled {
		return 4000
	}
	return 100_000
}

// clusterClient is a client of Redis Cluster, or ours. set stores key as the value of each key; get returns the values,
// empty for a missing key.
type clusterClient struct {
	name string
	set  func(ctx context.Context, keys []string) error
	get  func(ctx context.Context, keys []string) ([]string, error)
}

// clusterClients are all clients, with one address of the cluster. They are patient, since the machine may be busy; all else
// is as by default.
func clusterClients(t *testing.T, groups [][]*servertest.Node) []clusterClient {
	t.Helper()
	seed := groups[0][0]
	all := []clusterClient{ours(t, seed.File)}
	for name, o := range map[string]redis.ClusterOptions{"go-redis": {}, "go-redis, reads of replicas": {ReadOnly: true}, "go-redis, RESP2": {Protocol: 2, RouteRandomly: true}} {
		o.Addrs, o.ReadTimeout, o.WriteTimeout, o.DialTimeout = []string{seed.Address}, patience, patience, patience
		c := redis.NewClusterClient(&o)
		t.Cleanup(func() { _ = c.Close() })
		all = append(all, goRedisCluster(name, c))
	}
	for name, o := range map[string]rueidis.ClientOption{"rueidis": {}, "rueidis, reads of replicas": {SendToReplicas: func(c rueidis.Completed) bool { return c.IsReadOnly() }}} {
		o.InitAddress, o.DisableCache, o.ConnWriteTimeout, o.Dialer.Timeout = []string{seed.Address}, true, patience, patience
		c, err := rueidis.NewClient(o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		t.Cleanup(c.Close)
		all = append(all, rueidisCluster(name, c))
	}
	return all
}

func ours(t *testing.T, file string) clusterClient {
	c, err := client.New(client.WithConfigFile(file), client.WithReadTimeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return clusterClient{"CacheGopher's", func(ctx context.Context, keys []string) error {
		items := make([]client.Item, len(keys))
		for i, k := range keys {
			items[i] = client.Item{Key: k, Value: []byte(k)}
		}
		return c.SetMany(ctx, items)
	}, func(ctx context.Context, keys []string) ([]string, error) {
		results, err := c.GetMany(ctx, keys)
		values := make([]string, len(keys))
		for i, r := range results {
			values[i] = string(r.Value)
		}
		return values, err
	}}
}

func goRedisCluster(name string, c *redis.ClusterClient) clusterClient {
	return clusterClient{name, func(ctx context.Context, keys []string) error {
		_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, k := range keys {
				p.Set(ctx, k, k, 0)
			}
			return nil
		})
		return err
	}, func(ctx context.Context, keys []string) ([]string, error) {
		replies, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, k := range keys {
				p.Get(ctx, k)
			}
			return nil
		})
		if errors.Is(err, redis.Nil) {
			err = nil
		}
		values := make([]string, len(keys))
		for i, r := range replies {
			values[i] = r.(*redis.StringCmd).Val()
		}
		return values, err
	}}
}

func rueidisCluster(name string, c rueidis.Client) clusterClient {
	return clusterClient{name, func(ctx context.Context, keys []string) error {
		var commands rueidis.Commands
		for _, k := range keys {
			commands = append(commands, c.B().Set().Key(k).Value(k).Build())
		}
		for _, r := range c.DoMulti(ctx, commands...) {
			if err := r.Error(); err != nil {
				return err
			}
		}
		return nil
	}, func(ctx context.Context, keys []string) ([]string, error) {
		var commands rueidis.Commands
		for _, k := range keys {
			commands = append(commands, c.B().Get().Key(k).Build())
		}
		values := make([]string, len(keys))
		for i, r := range c.DoMulti(ctx, commands...) {
			value, err := r.ToString()
			if err != nil && !rueidis.IsRedisNil(err) {
				return nil, err
			}
			values[i] = value
		}
		return values, nil
	}}
}

// check wants every key to have its own name as its value.
func (c *clusterClient) check(ctx context.Context, t *testing.T, keys []string, by string) {
	t.Helper()
	lost := 0
	for part := range slices.Chunk(keys, 1000) {
		values, err := c.get(ctx, part)
		if err != nil {
			t.Errorf("%s reads what %s wrote: %v", c.name, by, err)
			return
		}
		for i := range part {
			if values[i] != part[i] {
				lost++
			}
		}
	}
	if lost > 0 {
		t.Errorf("%s does not find %d of %d keys that %s wrote", c.name, lost, len(keys), by)
	}
}

// inStep waits until the secondaries of each group have every key of the primary.
func inStep(ctx context.Context, t *testing.T, groups [][]*servertest.Node) {
	t.Helper()
	for _, g := range groups {
		sizes := make([]*redis.Client, len(g))
		for i, n := range g {
			sizes[i] = redis.NewClient(&redis.Options{Addr: n.Address})
			defer sizes[i].Close() //nolint:errcheck // of no use any more
		}
		testkit.Eventually(t, "all members have the same number of keys", func() bool {
			want, err := sizes[0].DBSize(ctx).Result()
			for _, c := range sizes[1:] {
				n, failed := c.DBSize(ctx).Result()
				err = errors.Join(err, failed)
				if n != want {
					return false
				}
			}
			return err == nil
		})
	}
}

// TestClusterClients writes keys with each client of Redis Cluster and with ours, into two groups of three nodes, and reads
// each client's keys with every other.
func TestClusterClients(t *testing.T) {
	groups := servertest.StartGroups(t, 2, 3, servertest.MaxMemory(256<<20))
	findKeys(t, groups, clusterClients(t, groups), keysEach())
}

// TestClusterPromote changes the primary of a group while each client writes and reads: none may see an error.
func TestClusterPromote(t *testing.T) {
	groups := servertest.StartGroups(t, 2, 3)
	promoteUnder(t, groups, clusterClients(t, groups))
}

// TestRedisCLICluster lets redis-cli follow redirections.
func TestRedisCLICluster(t *testing.T) {
	groups := servertest.StartGroups(t, 2, 2)
	var in, want strings.Builder
	for i := range 200 {
		fmt.Fprintf(&in, "SET key:%d %d\n", i, i)
	}
	for i := range 200 {
		fmt.Fprintf(&in, "GET key:%d\n", i)
		fmt.Fprintf(&want, "%d\n", i)
	}
	seed := groups[1][1] // a secondary
	_, port, _ := net.SplitHostPort(seed.Address)
	out := tool(t, seed, patience, in.String(), "redis-cli", "-c", "-p", port)
	out = regexp.MustCompile(`-> Redirected to slot .*\n`).ReplaceAllString(out, "")
	if strings.Count(out, "OK\n") != 200 || strings.ReplaceAll(out, "OK\n", "") != want.String() {
		t.Errorf("redis-cli -c: %.2000s", out)
	}
	c := ours(t, seed.File)
	values, err := c.get(background(t), []string{"key:0", "key:1", "key:199"})
	if err != nil || strings.Join(values, " ") != "0 1 "+strconv.Itoa(199) {
		t.Errorf("after redis-cli -c: %v, %v", values, err)
	}
}
