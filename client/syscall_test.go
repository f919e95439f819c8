//go:build unix

package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// Both ways to call the system, for few and for many bytes, move the bytes and report the same errors.
func TestSocketCalls(t *testing.T) {
	for _, size := range []int{1, 32 << 10, 32<<10 + 1} {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range pair {
			if err := syscall.SetNonblock(fd, true); err != nil {
				t.Fatal(err)
			}
			if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 4*size); err != nil {
				t.Fatal(err)
			}
		}
		got := make([]byte, size)
		if _, err := readSocket(pair[1], got); !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("%d bytes: reading from an empty socket: %v", size, err)
		}
		if _, err := peekSocket(pair[1], got); !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("%d bytes: looking into an empty socket: %v", size, err)
		}
		want := slices.Repeat([]byte{'x'}, size)
		if n, err := writeSocket(pair[0], want); n != size || err != nil {
			t.Errorf("writing %d bytes: %d, %v", size, n, err)
		}
		if n, err := peekSocket(pair[1], got); n < 1 || !bytes.Equal(got[:n], want[:n]) || err != nil { // all are still there to be read
			t.Errorf("looking at %d bytes: %d, %v", size, n, err)
		}
		clear(got)
		n := 0
		for n < size {
			more, err := readSocket(pair[1], got[n:])
			if err != nil || more == 0 {
				t.Fatalf("reading %d bytes: %d after %d, %v", size, more, n, err)
			}
			n += more
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d bytes arrived differently", size)
		}
		for {
			if n, err = writeSocket(pair[0], want); err != nil {
				break
			}
		}
		if n > 0 || !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("writing %d bytes to a full socket: %d, %v", size, n, err)
		}
		if err := syscall.Close(pair[1]); err != nil {
			t.Fatal(err)
		}
		if n, err := writeSocket(pair[0], want); n > 0 || !errors.Is(err, syscall.EPIPE) {
			t.Errorf("writing %d bytes to a closed socket: %d, %v", size, n, err)
		}
		if n, err := peekSocket(pair[0], got); n > 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("looking for %d bytes in a closed socket: %d, %v", size, n, err)
		}
		if n, err := readSocket(pair[0], got); n > 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("reading %d bytes from a closed socket: %d, %v", size, n, err)
		}
		if err := syscall.Close(pair[0]); err != nil {
			t.Fatal(err)
		}
	}
}

// A dialer may return a socket that blocks. Its calls end with their contexts all the same, and Close ends.
func TestBlockingSocket(t *testing.T) {
	f := newFake(t)
	f.setPlan(func(_ int, args []string) act { return act{stall: args[0] == "GET"} })
	blockingEnds(t, f.addr, ErrTimeout, f.stop, func(nc net.Conn) net.Conn { return nc })
}

// The same while the client greets a node, and where the socket is inside of another connection.
func TestBlockingSocketGreets(t *testing.T) {
	for what, wrap := range map[string]func(net.Conn) net.Conn{
		"plain":  func(nc net.Conn) net.Conn { return nc },
		"inside": func(nc net.Conn) net.Conn { return struct{ *net.TCPConn }{nc.(*net.TCPConn)} },
		"TLS":    func(nc net.Conn) net.Conn { return tls.Client(nc, &tls.Config{ServerName: "localhost"}) },
	} {
		t.Run(what, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0") // which nobody serves
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			blockingEnds(t, l.Addr().String(), ErrUnavailable, func() { l.Close() }, wrap) // which resets the connections
		})
	}
}

// blockingEnds makes a call of a client whose sockets block, as wrap returns them, to a node that does not answer.
func blockingEnds(t *testing.T, addr string, want error, stop func(), wrap func(net.Conn) net.Conn) {
	c := newClientOf(t, servers([]string{addr}), WithConnsPerNode(1), WithConnectTimeout(50*time.Millisecond),
		WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
			nc, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			copied, err := nc.(*net.TCPConn).File() // of the descriptor; both have the same flags
			if err != nil {
				return nil, err
			}
			copied.Fd() // makes it block
			return wrap(nc), copied.Close()
		}))
	ended := make(chan error, 1)
	go func() {
		_, err := c.Get(testkit.Within(t, 100*time.Millisecond), "k")
		c.Close()
		ended <- err
	}()
	select {
	case err := <-ended:
		if !errors.Is(err, want) {
			t.Errorf("a node that does not answer: %v", err)
		}
	case <-time.After(10 * time.Second):
		stop() // which ends the call
		t.Error("neither the context nor Close has ended a call")
	}
}
