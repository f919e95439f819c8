package client

import (
	"net"
	"testing"
)

// newQuietNode starts a node that answers every request but the greeting with the same bytes,
// without allocating.
func newQuietNode(t testing.TB, reply string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		in, out := make([]byte, 64<<10), make([]byte, 0, 64<<10)
		answer := "%0\r\n"
		for {
			n, err := nc.Read(in)
			if err != nil {
				return
			}
			out = out[:0]
			for i, b := range in[:n] {
				if b == '*' && (i == 0 || in[i-1] == '\n') {
					out = append(out, answer...)
					answer = reply
				}
			}
			if _, err := nc.Write(out); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}
