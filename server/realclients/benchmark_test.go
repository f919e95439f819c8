package realclients

import (
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/server/servertest"
	"github.com/redis/go-redis/v9"
)

// TestRedisBenchmarkCluster runs redis-benchmark, hiredis underneath, against two groups of three nodes. It divides its
// requests among the primaries, with keys that contain a tag of each one's slots, and complains if a reply is an error.
func TestRedisBenchmarkCluster(t *testing.T) {
	groups := servertest.StartGroups(t, 2, 3)
	seed := groups[1][2] // a secondary
	_, port, _ := net.SplitHostPort(seed.Address)
	const keys = 1000
	out := tool(t, seed, patience*3, "", "redis-benchmark", strings.Fields("--cluster -q -n 20000 -c 20 -P 16 -r 1000 -t set,get -p "+port)...)
	if !strings.Contains(out, "Cluster has 2 master nodes") || strings.Count(out, "requests per second") < 2 ||
		regexp.MustCompile(`(?i)error|warn|moved`).MatchString(out) {
		t.Errorf("redis-benchmark --cluster writes %s", out)
	}
	c, err := client.New(client.WithConfigFile(seed.File), client.WithReadTimeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // of no use any more
	ctx, found := background(t), 0
	for _, group := range groups {
		walker := redis.NewClient(&redis.Options{Addr: group[0].Address, ReadTimeout: patience})
		defer walker.Close() //nolint:errcheck // of no use any more
		keys := walker.Scan(ctx, 0, "*", 1000).Iterator()
		for ; keys.Next(ctx); found++ {
			if _, err := c.Get(ctx, keys.Val()); err != nil {
				t.Errorf("our client does not find %s: %v", keys.Val(), err)
			}
		}
		if err := keys.Err(); err != nil {
			t.Error(err)
		}
	}
	// 20,000 writes to random keys, 1,000 of each primary or of both together.
	if found < keys*9/10 {
		t.Errorf("%d keys after redis-benchmark --cluster", found)
	}
}
