package client

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/commands"
)

// listenAt starts a node at several addresses and returns its TCP address.
func listenAt(t *testing.T, addresses ...string) (tcp string) {
	t.Helper()
	store, err := lru.New(lru.Options{MaxMemory: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.New(server.Options{Addresses: addresses, EventLoops: 1, Node: session.NewNode(session.Options{Commands: commands.All(), Dialects: commands.Dialects(), Store: store, ID: "n"})})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(srv.Run(ctx), store.Close()) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for _, a := range srv.Addrs() {
		if a.Network() == "tcp" {
			return a.String()
		}
	}
	return ""
}

// dialled records the addresses that are dialled.
type dialled struct {
	mu    sync.Mutex
	calls []string
}

func (d *dialled) option() Option {
	return WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		d.mu.Lock()
		d.calls = append(d.calls, network)
		d.mu.Unlock()
		return new(net.Dialer).DialContext(ctx, network, address)
	})
}

func (d *dialled) all() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.calls, " ")
}

// Of a node's addresses the client uses a unix socket that exists, skips one that does not,
// and otherwise uses the first address that answers.
func TestEveryAddressIsTried(t *testing.T) {
	folder := t.TempDir()
	socket, absent := "unix://"+filepath.Join(folder, "n.sock"), "unix://"+filepath.Join(folder, "absent.sock")
	tcp := listenAt(t, "127.0.0.1:0", socket)
	refused := testkit.Nobody(t)
	for name, test := range map[string]struct {
		addresses []string
		want      string
	}{
		"socket first":          {[]string{socket, tcp}, "unix"},
		"socket last":           {[]string{tcp, socket}, "unix"},
		"absent socket first":   {[]string{absent, tcp}, "tcp"},
		"two sockets":           {[]string{absent, socket}, "unix"},
		"refused, then another": {[]string{refused, tcp}, "tcp tcp"},
	} {
		var d dialled
		m := Member{ID: "n", Address: test.addresses[0], More: test.addresses[1:]}
		c := newClientOf(t, Config{Groups: []Group{{ID: "g", Members: []Member{m}}}}, d.option(), WithConnsPerNode(1))
		if err := c.Set(testkit.Within(t, 10*time.Second), "k", []byte("v")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := d.all(); got != test.want {
			t.Errorf("%s: dialled %q, want %q", name, got, test.want)
		}
		for _, a := range test.addresses {
			if _, err := c.DoNode(testkit.Within(t, 10*time.Second), a, "PING"); err != nil {
				t.Errorf("%s: DoNode %s: %v", name, a, err)
			}
		}
	}
	// From a config file with an array of addresses.
	path := filepath.Join(folder, "c.json")
	put(t, path, []byte(`{"servers": [{"id": "n", "role": "primary", "address": ["`+absent+`", "`+tcp+`"]}]}`))
	c, err := New(WithConfigFile(path))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Ping(testkit.Within(t, 10*time.Second)); err != nil {
		t.Error(err)
	}
}

// A unix socket that two members name is not used: it would lead to the same node for both.
func TestSharedSocketIsNotUsed(t *testing.T) {
	socket := "unix://" + filepath.Join(t.TempDir(), "n.sock")
	a, b := listenAt(t, "127.0.0.1:0", socket), listenAt(t, "127.0.0.1:0")
	var d dialled
	c := newClientOf(t, Config{Groups: []Group{{ID: "g", Members: []Member{
		{ID: "a", Address: socket, More: []string{a}}, {ID: "b", Address: socket, More: []string{b}}}}}}, d.option())
	ready(t, c)
	if got := d.all(); strings.Contains(got, "unix") {
		t.Errorf("dialled %q", got)
	}
}

// New returns an error for an address that cannot be dialled, which says how to write it.
func TestNewChecksAddresses(t *testing.T) {
	for address, says := range map[string]string{
		"host": "has no port", "": "without id or address", "host:": "has no port", "host:70000": "not a port",
		"::1:31337": "brackets", "unix://relative": "absolute", "http://host:1": "not a known kind",
	} {
		c, err := New(WithServers(address))
		if err == nil {
			c.Close()
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want one that says %q", address, err, says)
		}
	}
	c, err := New(WithConfig(Config{Groups: []Group{{ID: "g", Members: []Member{{ID: "m", Address: "host:1", More: []string{"host"}}}}}}))
	if err == nil {
		c.Close()
		t.Error("a further address without a port is accepted")
	}
}

// A request that a recovering node has refused with LOADING is reported as not sent.
func TestLoadingIsNotSent(t *testing.T) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f})
	f.setPlan(func(_ int, args []string) act { return act{deny: "-LOADING not yet\r\n"} })
	ctx := testkit.Within(t, 10*time.Second)
	p := c.Pipeline()
	queued := p.Set("k", nil)
	for name, err := range map[string]error{
		"Set":      c.Set(ctx, "k", nil),
		"Pipeline": func() error { _ = p.Exec(ctx); return queued.Err() }(),
		"FlushAll": c.FlushAll(ctx),
	} {
		if !errors.Is(err, ErrNotSent) || !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
