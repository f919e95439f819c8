package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// console collects a node's log.
type console struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

func (c *console) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

func logTo(t *testing.T, c *console) *logging.Logger {
	t.Helper()
	log, err := logging.New(logging.Options{Console: c})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// setupOf returns a function that reads the config at path for the server id (empty: the only one), on a free port.
func setupOf(path, id string) func() (*Setup, error) {
	return func() (*Setup, error) {
		file, err := config.Load(path)
		if err != nil {
			return nil, err
		}
		s := &Setup{File: file, Addressed: true}
		if s.Node, err = file.Node(id); err != nil {
			return nil, err
		}
		s.Node.Addresses = []string{"127.0.0.1:0"}
		s.Node.AdminAddress = "127.0.0.1:0"
		return s, nil
	}
}

// TestNode starts a node, asks it, reloads its config and stops it.
func TestNode(t *testing.T) {
	path := filepath.Join(t.TempDir(), config.FileName)
	write := func(maxConnections int) {
		t.Helper()
		text := fmt.Sprintf(`{"servers": [{"id": "a", "role": "primary", "address": "127.0.0.1:1", "max_memory": "16MB", "max_connections": %d}]}`, maxConnections)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(100)
	reread := setupOf(path, "")
	setup, err := reread()
	if err != nil {
		t.Fatal(err)
	}
	var out console
	n, err := New(Options{Setup: *setup, Version: "test", Log: logTo(t, &out), Reread: reread})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	select {
	case <-n.Ready():
	case <-time.After(testkit.Patience):
		t.Fatal("not ready")
	}
	if line := n.StatusLine(); !strings.HasPrefix(line, "primary, 0 keys, ") {
		t.Errorf("status line %q", line)
	}
	if m := n.Memory(); m.Store != 16e6 || m.Beside != setup.Node.ClientBuffers {
		t.Errorf("memory %+v", m)
	}
	if n.AdminAddr() == nil || n.TLSAddr() != nil || len(n.Addrs()) != 1 {
		t.Errorf("addresses %v, %v, %v", n.Addrs(), n.TLSAddr(), n.AdminAddr())
	}
	if err := n.CheckLoops(ctx); err != nil {
		t.Error(err)
	}
	write(50)
	if err := n.Reload(); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", n.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the test is over
	const want = "*2\r\n$10\r\nmaxclients\r\n$2\r\n50\r\n"
	fmt.Fprint(conn, "*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$10\r\nmaxclients\r\n")
	reply := make([]byte, len(want))
	if _, err := io.ReadFull(conn, reply); err != nil || string(reply) != want {
		t.Errorf("CONFIG GET maxclients: %q, %v", reply, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	if text := out.String(); !strings.Contains(text, "serving: Ready to accept connections") || !strings.Contains(text, "server.max_connections") {
		t.Errorf("log:\n%s", text)
	}
}

// TestNewFails: what New has opened before an error is closed again.
func TestNewFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // the test is over
	free, err := nodeprocess.FreeAddresses(1)
	if err != nil {
		t.Fatal(err)
	}
	address := free[0]
	for name, addresses := range map[string][]string{"address": {address, taken.Addr().String()}, "admin_address": {address}} {
		s := Setup{Node: config.Standalone(), Addressed: true}
		s.Node.Addresses = addresses
		if name == "admin_address" {
			s.Node.AdminAddress = taken.Addr().String()
			s.File = loneFile(t)
		}
		if _, err := New(Options{Setup: s, Log: logTo(t, new(console))}); err == nil || !strings.Contains(err.Error(), "address already in use") {
			t.Fatalf("%s: %v", name, err)
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatalf("%s: after New failed: %v", name, err)
		}
		l.Close() //nolint:errcheck // no client connected
	}
	s := Setup{Node: config.Standalone(), Addressed: true}
	listener := []net.Listener{openToAll{taken}}
	var fault *config.Error
	if _, err := New(Options{Setup: s, Log: logTo(t, new(console)), Listeners: listener}); !errors.As(err, &fault) {
		t.Errorf("protected mode: %v", err)
	}
}

// loneFile is a config of one server.
func loneFile(t *testing.T) *config.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), config.FileName)
	if err := os.WriteFile(path, []byte(`{"servers": [{"id": "a", "role": "primary", "address": "127.0.0.1:1"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// openToAll is a listener that claims to listen on all addresses.
type openToAll struct{ net.Listener }

func (openToAll) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: 1} }
