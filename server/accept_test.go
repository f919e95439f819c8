package server

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/server/reactor"
)

// TestMaxConnections turns away a client over the limit with an error, and serves one once another has left or the
// limit is raised.
func TestMaxConnections(t *testing.T) {
	r := serveToys(t, Options{MaxConnections: 2})
	one, two := r.dial(), r.dial()
	for _, c := range []*client{one, two} {
		c.send("3\n")
		c.gets(3)
	}
	over := r.dial()
	if line, err := io.ReadAll(over.r); string(line) != overAll.early || err != nil {
		t.Errorf("one too many gets %q, %v", line, err)
	}
	if s := r.Stats(); s.Connections != 2 || s.Accepted != 2 || s.Rejected != 1 {
		t.Errorf("counted %+v", s)
	}
	if got := r.logged("too many connections")["max_connections"]; got != int64(2) {
		t.Errorf("logged a limit of %v", got)
	}
	r.SetMaxConnections(3)
	three := r.dial()
	three.send("3\n")
	three.gets(3)
	r.SetMaxConnections(2)
	three.Close()
	one.Close()
	r.eventually("free place", func() bool { return r.Stats().Connections == 1 })
	four := r.dial()
	four.send("3\n")
	four.gets(3)
}

// TestAddresses serves two TCP ports and a unix socket. The socket's file is removed afterwards. A socket file that a
// killed server left is replaced, and any other file is not.
func TestAddresses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	r := serveToys(t, Options{Addresses: []string{"127.0.0.1:0", "127.0.0.1:0", "unix://" + path}, EventLoops: 2})
	if len(r.Addrs()) != 3 {
		t.Fatalf("serves %v", r.Addrs())
	}
	for _, a := range r.Addrs() {
		c := r.dialTo(a.Network(), a.String())
		c.send("200000\n")
		c.gets(200_000)
	}
	for _, taken := range []string{"unix://" + path, r.Addrs()[0].String()} {
		_, err := New(Options{Addresses: []string{"127.0.0.1:0", taken}, sessions: &toys{}})
		if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), strings.TrimPrefix(taken, "unix://")) {
			t.Errorf("an address that is taken: %v", err)
		}
	}
	if err := r.end(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket's file: %v", err)
	}
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Addresses: []string{"unix://" + path}, sessions: &toys{}}); err == nil {
		t.Error("a file that is no socket was replaced")
	}
	if data, _ := os.ReadFile(path); string(data) != "precious" {
		t.Errorf("the file holds %q", data)
	}
}

// failing is a listener whose accepts fail for a while.
type failing struct {
	net.Listener
	left atomic.Int64
}

func (f *failing) Accept() (net.Conn, error) {
	if f.left.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return f.Listener.Accept()
}

// TestAcceptFails makes accept fail for lack of descriptors. The server waits, logs it once, and then serves the
// clients that waited.
func TestAcceptFails(t *testing.T) {
	r := serveToys(t, Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &failing{Listener: l}
	f.left.Store(4)
	ended := make(chan struct{})
	go func() { r.accept(f, r.admit); close(ended) }()
	c := r.dialTo("tcp", l.Addr().String())
	c.send("5\n")
	c.gets(5)
	if n := r.Stats().AcceptFails; n != 4 {
		t.Errorf("counted %d failures", n)
	}
	if n := r.log.FilterMessage("cannot accept connections").Len(); n != 1 {
		t.Errorf("%d log lines", n)
	}
	l.Close()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("accepting goes on after the listener was closed")
	}
}

// TestOptions refuses options that are out of range.
func TestOptions(t *testing.T) {
	for _, c := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) { o.Addresses = nil }, "no address"},
		{func(o *Options) { o.sessions = nil }, "no node"},
		{func(o *Options) { o.EventLoops = reactor.MaxLoops + 1 }, "event loops: 257"},
		{func(o *Options) { o.MaxConnections = -1 }, "connections: -1"},
		{func(o *Options) { o.IdleTimeout = -1 }, "idle timeout"},
		{func(o *Options) { o.Addresses = []string{"127.0.0.1:99999"} }, "listen on 127.0.0.1:99999"},
		{func(o *Options) { o.Addresses = []string{"unix:///no/such/folder/n.sock"} }, "listen on /no/such/folder/n.sock"},
	} {
		o := Options{Addresses: []string{"127.0.0.1:0"}, sessions: &toys{}}
		c.change(&o)
		if s, err := New(o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
			if s != nil {
				s.Close()
			}
		}
	}
}
