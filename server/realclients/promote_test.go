package realclients

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
)

// TestPromote uses clients of Redis with one plain address while their node hands its group over: writes get READONLY,
// reads continue, and once the node leads again the same client can write.
func TestPromote(t *testing.T) {
	nodes := servertest.StartGroup(t, 2)
	was, is := nodes[0], nodes[1]
	clients := map[string]func(context.Context, ...string) error{}
	goRedis := redis.NewClient(&redis.Options{Addr: was.Address})
	defer goRedis.Close() //nolint:errcheck // of no use any more
	clients["go-redis"] = func(ctx context.Context, args ...string) error {
		words := make([]any, len(args))
		for i := range args {
			words[i] = args[i]
		}
		return goRedis.Do(ctx, words...).Err()
	}
	other, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{was.Address}, DisableCache: true, ForceSingleClient: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	clients["rueidis"] = func(ctx context.Context, args ...string) error {
		return other.Do(ctx, other.B().Arbitrary(args...).Build()).Error()
	}
	if _, err := exec.LookPath("redis-cli"); err == nil {
		host, port, _ := net.SplitHostPort(was.Address)
		clients["redis-cli"] = func(ctx context.Context, args ...string) error {
			out, err := exec.CommandContext(ctx, "redis-cli", append([]string{"-e", "-h", host, "-p", port}, args...)...).CombinedOutput()
			if err != nil && strings.Contains(string(out), "READONLY") {
				return errReadOnly{string(out)}
			}
			return err
		}
	} else {
		t.Log("SKIPPED: no redis-cli here")
	}
	promoter := func(n *servertest.Node) {
		t.Helper()
		c := redis.NewClient(&redis.Options{Addr: n.Address, MaxRetries: -1, ReadTimeout: patience})
		defer c.Close() //nolint:errcheck // of no use any more
		testkit.HandedOver(t, func() string {
			reply, err := c.Do(background(t), "PROMOTE").Text()
			if err != nil {
				return err.Error()
			}
			return reply
		})
	}
	for name, do := range clients {
		if err := do(background(t), "SET", name, "before"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range 2 {
		promoter(is)
		for name, do := range clients {
			began := time.Now()
			if err := do(background(t), "SET", name, "refused"); err == nil || !strings.Contains(err.Error(), "READONLY") {
				t.Errorf("%s: a write to a node that no longer leads: %v", name, err)
			}
			t.Logf("%s: READONLY after %v", name, time.Since(began).Round(time.Millisecond))
			if err := do(background(t), "GET", name); err != nil {
				t.Errorf("%s: a read of a secondary: %v", name, err)
			}
		}
		promoter(was)
		for name, do := range clients {
			testkit.Eventually(t, name+" writes again", func() bool { return do(background(t), "SET", name, "after") == nil })
		}
	}
}

type errReadOnly struct{ text string }

func (e errReadOnly) Error() string { return e.text }
