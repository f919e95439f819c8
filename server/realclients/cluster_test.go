package realclients

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/server/servertest"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
)

// clusterClient is a client of Redis Cluster, or ours. set stores key as the value of each key; get returns the values,
// empty for a missing key.
type clusterClient struct {
	name string
	set  func(ctx context.Context, keys []string) error
	get  func(ctx context.Context, keys []string) ([]string, error)

	// staysWithDead is set if the client sends requests to a node that has died for a minute or more, until it is back, before
	// it asks another who leads the group.
	staysWithDead bool
}

// clusterClients are the clients in Go, ours first, with the config or one address of the cluster. They are patient, since
// the machine may be busy; all else is as by default.
func clusterClients(t *testing.T, config, address string) []clusterClient {
	t.Helper()
	all := []clusterClient{ours(t, config)}
	for name, o := range map[string]redis.ClusterOptions{
		"go-redis": {}, "go-redis, reads of replicas": {ReadOnly: true}, "go-redis, RESP2": {Protocol: 2, RouteRandomly: true},
		"go-redis, asks each second": {ClusterStateReloadInterval: time.Second},
	} {
		o.Addrs, o.ReadTimeout, o.WriteTimeout, o.DialTimeout = []string{address}, patience, patience, patience
		stays := o.ClusterStateReloadInterval == 0 // then it is a minute, if no node that answers says MOVED before
		c := redis.NewClusterClient(&o)
		t.Cleanup(func() { _ = c.Close() })
		g := goRedisCluster(name, c)
		g.staysWithDead = stays
		all = append(all, g)
	}
	for name, o := range map[string]rueidis.ClientOption{"rueidis": {}, "rueidis, reads of replicas": {SendToReplicas: func(c rueidis.Completed) bool { return c.IsReadOnly() }}} {
		o.InitAddress, o.DisableCache, o.ConnWriteTimeout, o.Dialer.Timeout = []string{address}, true, patience, patience
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
	return clusterClient{name: "CacheGopher's", set: func(ctx context.Context, keys []string) error {
		items := make([]client.Item, len(keys))
		for i, k := range keys {
			items[i] = client.Item{Key: k, Value: []byte(k)}
		}
		return c.SetMany(ctx, items)
	}, get: func(ctx context.Context, keys []string) ([]string, error) {
		results, err := c.GetMany(ctx, keys)
		values := make([]string, len(keys))
		for i, r := range results {
			values[i] = string(r.Value)
		}
		return values, err
	}}
}

func goRedisCluster(name string, c *redis.ClusterClient) clusterClient {
	return clusterClient{name: name, set: func(ctx context.Context, keys []string) error {
		_, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, k := range keys {
				p.Set(ctx, k, k, 0)
			}
			return nil
		})
		return err
	}, get: func(ctx context.Context, keys []string) ([]string, error) {
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
	return clusterClient{name: name, set: func(ctx context.Context, keys []string) error {
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
	}, get: func(ctx context.Context, keys []string) ([]string, error) {
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
