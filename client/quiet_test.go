package client

import (
	"net"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// newQuietNode starts a node that answers every request but the greeting with the same bytes,
// without allocating.
func newQuietNode(t testing.TB, reply string) (addr string) {
	t.Helper()
	return testkit.Serve(t, func(nc net.Conn) {
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
	}).Address
}
