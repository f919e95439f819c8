package redistest

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// patience bounds the time in which a redis-server starts, and in which it replies.
const patience = 30 * time.Second

// Server is a redis-server that ends with its test.
type Server struct {
	// Socket is the unix socket on which it listens.
	Socket string
	// Version is the version that redis-server --version reports, as in 7.0.15.
	Version string
}

// Start starts a redis-server with one database, nothing on disk, and the given
// further arguments, as in "--maxmemory", "64mb". Where none is installed the test
// is skipped, and says so.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("SKIPPED: no redis-server to compare with; install Debian's package redis-server")
	}
	s := &Server{Socket: filepath.Join(socketFolder(t), "r.sock"), Version: version(t, path)}
	cmd := exec.Command(path, append([]string{
		"--port", "0", "--unixsocket", s.Socket, "--save", "", "--appendonly", "no", "--databases", "1",
		"--enable-debug-command", "yes", "--dir", filepath.Dir(s.Socket),
	}, args...)...)
	p, err := nodeprocess.Launch(cmd, nil)
	if err != nil {
		t.Fatalf("start redis-server: %v", err)
	}
	t.Cleanup(p.Kill)
	for limit := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("unix", s.Socket); err == nil {
			c.Close()
			return s
		}
		select {
		case <-p.Ended():
			t.Fatalf("redis-server: %v", p.Failure())
		default:
		}
		if time.Now().After(limit) {
			t.Fatal("redis-server does not listen")
		}
	}
}

// socketFolder makes a folder with a short path, since the path of a unix socket must be short.
func socketFolder(t testing.TB) string {
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func version(t testing.TB, path string) string {
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		t.Fatalf("redis-server --version: %v", err)
	}
	for _, word := range strings.Fields(string(out)) {
		if v, ok := strings.CutPrefix(word, "v="); ok {
			return v
		}
	}
	return strings.TrimSpace(string(out))
}

// Conn is a connection that reads replies.
type Conn struct {
	net.Conn
	Reader *bufio.Reader
}

// Dial opens a connection that ends with the test.
func (s *Server) Dial(t testing.TB) *Conn {
	t.Helper()
	c, err := net.Dial("unix", s.Socket)
	if err != nil {
		t.Fatalf("connect to redis-server: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return &Conn{Conn: c, Reader: bufio.NewReaderSize(c, 64<<10)}
}

// Exchange sends requests and reads this number of replies. It sends and reads at the same time, so that there may be any
// number of them.
func (c *Conn) Exchange(requests []byte, replies int) ([]wire.Reply, error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(requests)
		sent <- err
	}()
	all := make([]wire.Reply, 0, replies)
	for range replies {
		r, err := wire.ReadReply(c.Reader)
		if err != nil {
			return all, err
		}
		all = append(all, r)
	}
	return all, <-sent
}
