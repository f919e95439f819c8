package servertest_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
)

func newClient(t *testing.T, nodes []*servertest.Node, opts ...client.Option) *client.Client {
	t.Helper()
	path := servertest.ConfigFile(t, nodes)
	c, err := client.New(append([]client.Option{client.WithConfigFile(path), client.WithConnsPerNode(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // always nil
	return c
}

func TestNodeServesBothDialects(t *testing.T) {
	n := servertest.Start(t)
	c := newClient(t, []*servertest.Node{n})
	if err := c.Set(testkit.Within(t, 10*time.Second), "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{n.Address, n.Direct} {
		nc, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close() //nolint:errcheck // done with it
		fmt.Fprint(nc, "GET k\nPING\n")
		nc.(*net.TCPConn).CloseWrite() //nolint:errcheck // replies come all the same
		if all, err := io.ReadAll(nc); string(all) != "v\nPONG\n" || err != nil {
			t.Errorf("%s answers %q, %v", address, all, err)
		}
	}
	nc, err := net.Dial("tcp", n.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close() //nolint:errcheck // done with it
	fmt.Fprint(nc, "*1\r\n$4\r\nPING\r\n*1\r\nwhat\r\n")
	if all, _ := io.ReadAll(nc); !strings.HasPrefix(string(all), "+PONG\r\n-ERR Protocol error") {
		t.Errorf("a malformed request is answered %q", all)
	}
}

func TestStall(t *testing.T) {
	n := servertest.Start(t)
	c := newClient(t, []*servertest.Node{n}, client.WithReadTimeout(20*time.Second))
	ctx := testkit.Within(t, 20*time.Second)
	if err := c.Set(ctx, "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	n.Stall()
	if _, err := c.Get(testkit.Within(t, 30*time.Millisecond), "k"); !errors.Is(err, client.ErrTimeout) {
		t.Errorf("a stalled node: %v", err)
	}
	n.Resume()
	if v, err := c.Get(ctx, "k"); err != nil || string(v) != "v" {
		t.Errorf("resumed: %q, %v", v, err)
	}
}

func TestCutAndKill(t *testing.T) {
	n := servertest.Start(t)
	c := newClient(t, []*servertest.Node{n})
	ctx := testkit.Within(t, 20*time.Second)
	set := func() {
		t.Helper()
		for ctx.Err() == nil {
			if err := c.Set(ctx, "k", []byte("v"), client.Idempotent()); err == nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Fatal("the node is not used again")
	}
	set()
	n.Cut()
	set()
	before := n.Direct
	n.Kill()
	if _, err := c.Get(ctx, "k"); !errors.Is(err, client.ErrUnavailable) {
		t.Errorf("a killed node: %v", err)
	}
	n.Restart()
	for ctx.Err() == nil {
		if _, err := c.Get(ctx, "k"); errors.Is(err, client.ErrNotFound) {
			break
		}
	}
	set()
	if n.Direct == before {
		t.Log("the node got the same port again")
	}
}

func TestFaults(t *testing.T) {
	n := servertest.Start(t)
	c := newClient(t, []*servertest.Node{n})
	ctx := testkit.Within(t, 20*time.Second)
	if err := c.Set(ctx, "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	n.Fail("LOADING soon", 2)
	p := c.Pipeline()
	var gets []client.Queued
	for range 4 {
		gets = append(gets, p.Get("k"))
	}
	n.OnRequest(func(args []string) servertest.Fault {
		if args[1] == "bad" {
			return servertest.Fault{Error: "ERR as requested"}
		}
		return servertest.Fault{}
	})
	gets = append(gets, p.Get("bad"), p.Get("k"), p.Get("bad"))
	err := p.Exec(ctx)
	var many *client.ManyError
	if !errors.As(err, &many) || many.Failed != 2 || !strings.Contains(err.Error(), "ERR as requested") {
		t.Fatalf("Exec: %v", err)
	}
	for i, g := range gets {
		v, err := g.Bytes()
		if bad := i == 4 || i == 6; bad != (err != nil) || !bad && string(v) != "v" {
			t.Errorf("answer %d: %q, %v", i, v, err)
		}
	}
	n.Fail("ERR out of luck", 1)
	if err := c.Set(ctx, "new", nil); err == nil || !strings.Contains(err.Error(), "out of luck") {
		t.Errorf("Set: %v", err)
	}
	if _, err := c.Get(ctx, "new"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("a failed request was executed: %v", err)
	}
	n.OnRequest(func(args []string) servertest.Fault {
		return servertest.Fault{CutAfter: args[0] == "INCRBY", Cut: args[0] == "DEL", Delay: 5 * time.Millisecond}
	})
	if _, err := c.Incr(ctx, "n", 1); !errors.Is(err, client.ErrUnknown) {
		t.Errorf("Incr: %v", err)
	}
	n.OnRequest(nil)
	if v, err := c.Get(ctx, "n"); err != nil || string(v) != "1" {
		t.Errorf("after CutAfter: %q, %v", v, err)
	}
}

// Replies of any size keep their order among replaced ones.
func TestReplacedAnswersKeepTheOrder(t *testing.T) {
	n := servertest.Start(t)
	nc, err := net.Dial("tcp", n.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close() //nolint:errcheck // done with it
	n.OnRequest(func(args []string) servertest.Fault {
		if args[0] == "NO" {
			return servertest.Fault{Error: args[1]}
		}
		return servertest.Fault{}
	})
	const rounds = 400
	go func() {
		for i := range rounds {
			v := strings.Repeat("x", i*150)
			fmt.Fprintf(nc, "*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n*2\r\n$2\r\nNO\r\n$4\r\n%04d\r\n", len(v), v, i)
		}
	}()
	r := bufio.NewReader(nc)
	for i := range rounds {
		want := fmt.Sprintf("$%d\r\n%s\r\n-%04d\r\n", i*150, strings.Repeat("x", i*150), i)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
			t.Fatalf("round %d: got %.60q ... %q, %v", i, got, got[max(len(got)-20, 0):], err)
		}
	}
}

// The config lists a group's secondaries with that role.
func TestConfig(t *testing.T) {
	a, b := servertest.Start(t, servertest.ID("a")), servertest.Start(t, servertest.ID("b"), servertest.Secondary())
	x := servertest.Start(t)
	c, err := client.New(client.WithConfigFile(servertest.ConfigFile(t, []*servertest.Node{a, b}, []*servertest.Node{x})))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // always nil
	if err := c.Ping(testkit.Within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
	groups := map[string]string{}
	for _, s := range c.Nodes() {
		groups[s.ID] = s.Group
	}
	if groups["a"] != "a" || groups["b"] != "a" || groups[x.ID] != x.ID {
		t.Errorf("groups %v", groups)
	}
}
