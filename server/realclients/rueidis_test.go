package realclients

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
	"github.com/redis/rueidis"
)

func newRueidis(t *testing.T) (rueidis.Client, *servertest.Node) {
	t.Helper()
	node := servertest.Start(t)
	c, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{node.Address}, DisableCache: true, ClientName: "worker-1",
	})
	if err != nil {
		t.Fatalf("rueidis does not connect: %v", err)
	}
	t.Cleanup(c.Close)
	return c, node
}

// TestRueidisStrings uses a cache as typical programs do.
func TestRueidisStrings(t *testing.T) {
	c, _ := newRueidis(t)
	ctx := background(t)
	ok, err := c.Do(ctx, c.B().Set().Key("k").Value(binary).ExSeconds(3600).Build()).ToString()
	is(t, "SET", ok, err, "OK")
	got, err := c.Do(ctx, c.B().Get().Key("k").Build()).ToString()
	is(t, "GET of every byte", got, err, binary)
	left, err := c.Do(ctx, c.B().Ttl().Key("k").Build()).AsInt64()
	is(t, "TTL", left, err, 3600)
	if err := c.Do(ctx, c.B().Get().Key("none").Build()).Error(); !rueidis.IsRedisNil(err) {
		t.Errorf("GET of nothing: %v", err)
	}
	n, err := c.Do(ctx, c.B().Incrby().Key("n").Increment(42).Build()).AsInt64()
	is(t, "INCRBY", n, err, 42)
	all, err := c.Do(ctx, c.B().Mget().Key("n", "none", "n").Build()).ToArray()
	if err != nil || len(all) != 3 || !all[1].IsNil() {
		t.Errorf("MGET: %v, %v", all, err)
	}
	many, err := rueidis.MGet(c, ctx, []string{"n", "k"})
	if v := many["k"]; err != nil || v.String() == "" {
		t.Errorf("the helper MGet: %v, %v", many, err)
	}
	cached, err := c.DoCache(ctx, c.B().Get().Key("n").Cache(), time.Minute).ToString()
	is(t, "DoCache with the cache disabled", cached, err, "42")
	saysUnknown(t, c.Do(ctx, c.B().Lpush().Key("l").Element("x").Build()).Error())
	name, err := c.Do(ctx, c.B().ClientGetname().Build()).ToString()
	is(t, "CLIENT GETNAME", name, err, "worker-1")
	info, err := c.Do(ctx, c.B().ClientInfo().Build()).ToString()
	if err != nil || !strings.Contains(info, " lib-name=rueidis ") {
		t.Errorf("CLIENT INFO: %s, %v", info, err)
	}
}

// TestRueidisPipeline sends many requests at once, and walks the keys.
func TestRueidisPipeline(t *testing.T) {
	c, _ := newRueidis(t)
	ctx := background(t)
	const requests = 5000
	var commands rueidis.Commands
	for i := range requests {
		key := "p" + strconv.Itoa(i)
		commands = append(commands, c.B().Set().Key(key).Value(strconv.Itoa(i)).Build(), c.B().Get().Key(key).Build())
	}
	replies := c.DoMulti(ctx, commands...)
	if len(replies) != 2*requests {
		t.Fatalf("%d replies", len(replies))
	}
	for i := range requests {
		got, err := replies[2*i+1].ToString()
		is(t, "a GET of the pipeline", got, err, strconv.Itoa(i))
	}
	seen := map[string]bool{}
	walk := rueidis.NewScanner(func(cursor uint64) (rueidis.ScanEntry, error) {
		return c.Do(ctx, c.B().Scan().Cursor(cursor).Match("p*").Count(100).Build()).AsScanEntry()
	})
	for key := range walk.Iter() {
		seen[key] = true
	}
	is(t, "keys of a scanner", len(seen), walk.Err(), requests)
}

// TestRueidisTimeout sends requests to a node that does not reply, and again when it does.
func TestRueidisTimeout(t *testing.T) {
	c, node := newRueidis(t)
	ctx := background(t)
	set := func(ctx context.Context) error { return c.Do(ctx, c.B().Set().Key("k").Value("v").Build()).Error() }
	if err := set(ctx); err != nil {
		t.Fatal(err)
	}
	node.Stall()
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if err := set(short); err == nil {
		t.Error("a node that does not answer, answered")
	}
	node.Resume()
	testkit.EventuallyNil(t, "after the timeout", func() error { return set(ctx) })
}

// TestRueidisReconnect closes all connections, then stops the node.
func TestRueidisReconnect(t *testing.T) {
	c, node := newRueidis(t)
	ctx := background(t)
	set := func() error { return c.Do(ctx, c.B().Set().Key("k").Value("v").Build()).Error() }
	if err := set(); err != nil {
		t.Fatal(err)
	}
	node.Cut()
	testkit.EventuallyNil(t, "SET after a cut", set)
	node.Kill()
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if err := c.Do(short, c.B().Set().Key("k").Value("v").Build()).Error(); err == nil {
		t.Error("a node that is gone took a value")
	}
	node.Restart()
	testkit.EventuallyNil(t, "SET after a restart", set)
	// The client has several connections, and may use one for this request whose close it has not noticed yet.
	testkit.EventuallyNil(t, "the name of a new connection", func() error {
		name, err := c.Do(ctx, c.B().ClientGetname().Build()).ToString()
		if err == nil && name != "worker-1" {
			err = fmt.Errorf("it is called %q, want worker-1", name)
		}
		return err
	})
}
