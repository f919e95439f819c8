package server

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/certs"
	"github.com/cachegopher/cachegopher/internal/certs/certstest"
)

// strangers are sessions whose clients never finish signing in.
type strangers struct{ toys }

func (y *strangers) newSession(connInfo) clientSession { return stranger{&toy{toys: &y.toys}} }

type stranger struct{ *toy }

func (stranger) Run(_ scratch, _, out []byte, _ int) (used int, reply []byte) { return 0, out }
func (stranger) More() bool                                                   { return true }
func (stranger) Blocked() bool                                                { return true }
func (stranger) Backlog() int                                                 { return 4096 }
func (stranger) Close()                                                       {}

// TestEarlyBacklog: while a password is checked a client may send 4,096 bytes and not one more, with or without TLS.
func TestEarlyBacklog(t *testing.T) {
	folder := t.TempDir()
	ca := certstest.New(t, folder)
	cert, key := ca.Issue(t, folder, "node")
	node, err := certs.Load(certs.Files{Cert: cert, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	believer, err := certs.Load(certs.Files{CA: ca.CA})
	if err != nil {
		t.Fatal(err)
	}
	r := serveToys(t, Options{TLSAddress: "127.0.0.1:0", TLS: node.Server(), sessions: &strangers{}})
	for name, dial := range map[string]func() (net.Conn, error){
		"plain": func() (net.Conn, error) { return net.Dial("tcp", r.Addrs()[0].String()) },
		"TLS": func() (net.Conn, error) {
			return tls.Dial("tcp", r.TLSAddr().String(), believer.Client("127.0.0.1"))
		},
	} {
		c, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // the test is over
		if _, err := io.WriteString(c, strings.Repeat("x", 4096)); err != nil {
			t.Fatal(err)
		}
		_ = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		if n, err := c.Read(make([]byte, 1)); n > 0 || !isTimeout(err) {
			t.Errorf("%s: after 4096 bytes: %v", name, err)
		}
		r.eventually("input that is kept", func() bool { return r.Stats().Buffered >= 4096 })
		if held := r.Stats().Buffered; held > 8192 {
			t.Errorf("%s: %d bytes are kept", name, held)
		}
		if name == "TLS" {
			c.Close() //nolint:errcheck // a read that timed out has broken it
			if c, err = dial(); err != nil {
				t.Fatal(err)
			}
			defer c.Close() //nolint:errcheck // the test is over
			_, _ = io.WriteString(c, strings.Repeat("x", 4096))
		}
		_, _ = io.WriteString(c, "x")
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if n, err := c.Read(make([]byte, 1)); n > 0 || isTimeout(err) {
			t.Errorf("%s: after 4097 bytes: %d bytes, %v instead of the end", name, n, err)
		}
		r.eventually("the end of "+name, func() bool { return r.Stats().Connections == 0 && r.Stats().Buffered == 0 })
	}
	if s := r.Stats(); s.ClosedBacklog != 2 {
		t.Errorf("counted %+v", s)
	}
}

func isTimeout(err error) bool {
	ne, ok := err.(net.Error)
	return ok && ne.Timeout()
}
