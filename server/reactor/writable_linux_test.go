package reactor

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// byGoroutine makes a goroutine wait for the sockets of r's loops, as if gnet's epoll instance could not. REQUIRES: no
// connection was served yet.
func (r *running) byGoroutine() {
	r.t.Helper()
	for _, l := range r.Loops() {
		before := l.writable
		poller := l.inside.poller
		l.inside.poller = 0
		w, err := newWritability(l)
		if err != nil {
			r.t.Fatal(err)
		}
		set := make(chan bool)
		l.Call(func() { // its goroutine reads them
			l.inside.poller, l.writable = poller, w
			close(set)
		})
		<-set
		before.close()
	}
}

// TestWritable has clients that send more than the kernel takes and read the echo in pieces, with pauses. Some half-close, so
// that gnet leaves the connection, and some leave early. The others get every byte, whoever waits for their sockets.
func TestWritable(t *testing.T) {
	for _, by := range []string{"gnet", "goroutine"} {
		t.Run(by, func(t *testing.T) {
			seed := rand.Uint64()
			t.Log("seed", seed)
			r := serve(t, 2)
			if by == "goroutine" {
				r.byGoroutine()
			}
			var clients sync.WaitGroup
			defer clients.Wait()
			for i := range uint64(9) {
				c := r.dial().(*net.TCPConn)
				if err := c.SetReadBuffer(16 << 10); err != nil {
					t.Fatal(err)
				}
				rnd := rand.New(rand.NewPCG(seed, i))
				clients.Go(func() {
					if err := slowEcho(c, rnd, i%3 == 1, i%3 == 2); err != nil {
						t.Errorf("client %d: %v", i, err)
					}
				})
			}
			clients.Wait()
			r.eventually("no connection is left", func() bool { return r.conns.Load() == 0 })
			for _, l := range r.Loops() {
				if n := len(l.writable.conns); n > 0 {
					t.Errorf("%d closed sockets are watched", n)
				}
			}
		})
	}
}

// slowEcho sends random bytes to c and compares what comes back; it closes c.
func slowEcho(c *net.TCPConn, rnd *rand.Rand, halfCloses, leaves bool) error {
	defer c.Close()
	sent := make([]byte, 3<<20)
	for i := range sent {
		sent[i] = byte(rnd.Uint32())
	}
	go func() {
		_, _ = c.Write(sent)
		if halfCloses {
			_ = c.CloseWrite()
		}
	}()
	piece := make([]byte, 256<<10)
	for got := 0; got < len(sent); {
		if leaves && got > len(sent)/2 {
			return nil
		}
		n, err := c.Read(piece[:1+rnd.IntN(len(piece))])
		if err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", got, len(sent), err)
		}
		if !bytes.Equal(piece[:n], sent[got:got+n]) {
			return fmt.Errorf("other bytes than sent, from byte %d", got)
		}
		if got += n; rnd.IntN(8) == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	if halfCloses {
		if n, err := c.Read(piece); n > 0 || err != io.EOF {
			return fmt.Errorf("%d bytes and %v instead of the end", n, err)
		}
	}
	return nil
}
