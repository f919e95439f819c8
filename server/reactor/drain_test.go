package reactor

import (
	"io"
	"net"
	"testing"
)

// TestDrainUnread drains a connection whose client sends more meanwhile, and reads late. What it sends then is not handled,
// but all replies to what was received before arrive, and then the end of input instead of a reset.
func TestDrainUnread(t *testing.T) {
	const size = 60_000
	r := serve(t, 1)
	client := r.dial()
	if err := client.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	r.echoes(client)
	l := r.Loops()[0]
	call := func(fn func()) {
		done := make(chan bool)
		l.Call(func() { fn(); close(done) })
		<-done
	}
	call(func() {
		for c := range l.Conns() {
			c.handler.(*talker).hear = func() {
				b := make([]byte, size)
				c.Send(&b)
				_, _ = client.Write([]byte("5\n"))
			}
		}
		_, _ = client.Write([]byte("4\n"))
		l.drainAll()
	})
	for range 3 { // a closed connection is closed by now
		call(func() {})
	}
	_, _ = client.Write([]byte("6\n"))
	if got, err := io.ReadAll(client); len(got) != size+len("4\n") || err != nil {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}
