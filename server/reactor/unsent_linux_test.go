package reactor

import (
	"io"
	"net"
	"testing"
)

// TestRoom sends 2 MB to more clients than may have more room in the kernel, which do not read: only so many get it, and
// the next one does when one of these has left. All of them can read everything in the end.
func TestRoom(t *testing.T) {
	const size = 2 << 20
	r := serve(t, 1)
	l := r.Loops()[0]
	onLoop := func(fn func(c *Conn)) {
		done := make(chan bool)
		l.Call(func() {
			for c := range l.Conns() {
				if c.room == usual && c.Unsent() == 0 {
					fn(c)
				}
			}
			close(done)
		})
		<-done
	}
	send := func(n int) (clients []net.Conn, unsent []int) {
		for range n {
			clients = append(clients, r.dial())
		}
		r.eventually("connections", func() bool {
			opened := 0
			onLoop(func(*Conn) { opened++ })
			return opened == n
		})
		onLoop(func(c *Conn) {
			b := make([]byte, size)
			c.Send(&b)
			unsent = append(unsent, c.Unsent())
		})
		return clients, unsent
	}
	clients, unsent := send(roomyConns + 2)
	if n := r.roomy.Load(); n != roomyConns {
		t.Errorf("%d connections have more room, not %d", n, roomyConns)
	}
	less := 0
	for _, n := range unsent {
		if n > size-roomyUnsent {
			less++
		}
	}
	if less != 2 {
		t.Errorf("%d of %d connections have less in the kernel than %d bytes: %d", less, len(unsent), roomyUnsent, unsent)
	}
	const leaving = 8
	for _, c := range clients[len(clients)-leaving:] { // the loop's list begins with them, so that they got more
		c.Close()
	}
	r.eventually("room given back", func() bool { return r.roomy.Load() == roomyConns-leaving })
	if next, _ := send(1); r.roomy.Load() != roomyConns-leaving+1 {
		t.Errorf("%d connections have more room after %d left and %d came", r.roomy.Load(), leaving, len(next))
	}
	for _, c := range clients[:len(clients)-leaving] {
		if _, err := io.CopyN(io.Discard, c, size); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRoomOfUnix does not ask for more room for a connection that is not TCP, nor counts it.
func TestRoomOfUnix(t *testing.T) {
	r := serve(t, 1)
	c := &Conn{r: r.Reactor}
	for range 2 {
		if c.enlarge() || c.room != fixed || r.roomy.Load() != 0 {
			t.Errorf("room %d, %d connections have more", c.room, r.roomy.Load())
		}
	}
}
