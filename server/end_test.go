package server

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
	"github.com/cachegopher/cachegopher/server/reactor"
)

func (c *client) halfClose() {
	c.t.Helper()
	if err := c.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		c.t.Fatal(err)
	}
}

// TestHalfClose sends a pipeline, closes its sending half and reads late: every reply arrives, then the end of input.
func TestHalfClose(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			address := "127.0.0.1:0"
			if network == "unix" {
				address = "unix://" + t.TempDir() + "/n.sock"
			}
			r := serveToys(t, Options{Addresses: []string{address}, EventLoops: 2})
			const requests, size = 400, 100_000 // 40 MB
			c := r.dial()
			c.send(strings.Repeat("100000\n", requests) + "a part of a request")
			c.halfClose()
			r.quiet(r.toys.executed.Load)
			if b := r.Stats().Buffered; b > 4<<20 {
				t.Errorf("%d bytes are kept", b)
			}
			c.gets(requests * size)
			c.closed()
			if s := r.Stats(); s.ClosedUnsent != 0 {
				t.Errorf("counted %+v", s)
			}
		})
	}
}

// TestHalfCloseAtOnce closes its sending half right after each request, many times: no reply is lost.
func TestHalfCloseAtOnce(t *testing.T) {
	r := serveToys(t, Options{EventLoops: 2})
	for i := range 300 {
		c := r.dial()
		n := 1 + i*1000
		c.send(strings.Repeat("1\n", n%7) + "100000\n")
		c.halfClose()
		c.gets(n%7 + 100_000)
		c.closed()
	}
}

// TestGone closes in the middle of a long reply, with and without a half-close: the server releases everything.
func TestGone(t *testing.T) {
	r := serveToys(t, Options{EventLoops: 2})
	for i := range 40 {
		c := r.dial()
		c.send("30000000\n")
		if i%2 == 0 {
			c.halfClose()
		}
		c.gets(1000)
		if i%4 < 2 {
			if err := c.Conn.(*net.TCPConn).SetLinger(0); err != nil { // a RST
				t.Fatal(err)
			}
		}
		c.Close()
	}
	r.eventually("end of all connections", func() bool {
		s := r.Stats()
		return s.Connections == 0 && s.Buffered == 0 && r.toys.open.Load() == 0
	})
}

// TestClosing closes after the last reply when the session asks for it, although the client sent more.
func TestClosing(t *testing.T) {
	r := serveToys(t, Options{})
	c := r.dial()
	c.send("5000000\nbye\n" + strings.Repeat("7\n", 1000))
	c.gets(5_000_000)
	if rest, err := io.ReadAll(c.r); string(rest) != "bye\n" || err != nil {
		t.Errorf("got %q, %v", rest, err)
	}
	if n := r.toys.executed.Load(); n != 2 {
		t.Errorf("%d requests were executed", n)
	}
}

// TestPanic makes sessions panic in each kind of call: only their connections are closed. Each panic is logged with its
// stack and counted.
func TestPanic(t *testing.T) {
	r := serveToys(t, Options{})
	other := r.dial()
	for i, requests := range []string{
		"panic\n",           // run on input
		"work 100\npanic\n", // run in a turn
		strings.Repeat("100000\n", 50) + "panic\n", // run when the client reads
	} {
		c := r.dial()
		c.send(requests)
		if _, err := io.Copy(io.Discard, c.r); os.IsTimeout(err) {
			t.Fatal("not closed")
		}
		if n := r.Stats().ClosedPanic; n != int64(i+1) {
			t.Errorf("counted %d after %d panics", n, i+1)
		}
		other.send("3\n")
		other.gets(3)
	}
	fields := r.logged("a session panicked; its connection is closed")
	if stack, _ := fields["stack"].(string); !strings.Contains(stack, "(*toy).one") || fields["panic"] != "a toy breaks" {
		t.Errorf("logged %v", fields)
	}
	drained := r.dial()
	drained.send(strings.Repeat("100000\n", 100) + "panic\n") // run in a drain
	drained.halfClose()
	if n, err := io.Copy(io.Discard, drained.r); n > 10_000_000 || os.IsTimeout(err) {
		t.Errorf("%d bytes, %v", n, err)
	}
	r.eventually("fourth panic counted", func() bool { return r.Stats().ClosedPanic == 4 })
}

// TestStop answers the requests received before the stop, and closes clients that do not read.
func TestStop(t *testing.T) {
	r := serveToys(t, Options{StopTimeout: 1500 * time.Millisecond})
	idle, reads, slow := r.dial(), r.dial(), r.dial()
	slow.small()
	slow.send(strings.Repeat("1000000\n", 20))
	reads.send(strings.Repeat("100000\n", 20))
	idle.send("half of a request")
	r.eventually("requests", func() bool { return r.toys.executed.Load() >= 2 && r.Stats().Connections == 3 })
	r.stop()
	reads.gets(2_000_000)
	reads.closed()
	idle.closed()
	m, began := machine.Start(t), time.Now()
	if err := r.end(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > m.Allow(5*time.Second) { // unsentTime is 10 s
		t.Errorf("ended only after %v", took)
	}
	if _, err := net.Dial("tcp", r.Addrs()[0].String()); err == nil {
		t.Error("the server has stopped and still accepts")
	}
}

// TestStopAtWake: sessions whose waits end just before the stop answer, although their turns had not come yet.
func TestStopAtWake(t *testing.T) {
	r := serveToys(t, Options{EventLoops: 2})
	var clients []*client
	for range 50 {
		c := r.dial()
		c.send("wait\n1\n")
		clients = append(clients, c)
	}
	r.eventually("requests", func() bool { return r.toys.executed.Load() == int64(len(clients)) })
	r.toys.over.Store(true)
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		c.gets(2)
		c.closed()
	}
}

// TestStopAtWakeOfSlow is TestStopAtWake for clients that have not taken the replies before the wait.
func TestStopAtWakeOfSlow(t *testing.T) {
	const size, least = 100_000, 10 // requests; the kernel takes the replies to about as many
	r := serveToys(t, Options{StopTimeout: patience})
	var clients []*client
	for n := range 8 {
		c := r.dial()
		c.send(strings.Repeat(fmt.Sprintf("%d\n", size), least+n) + "wait\n1\n")
		clients = append(clients, c)
	}
	r.quiet(r.toys.calls.Load)
	r.toys.over.Store(true)
	r.stop()
	for n, c := range clients {
		c.gets((least+n)*size + 2)
		c.closed()
	}
}

// TestDrainBuffers has clients that half-close and do not read: the bytes kept for them count with all
// buffers, and connections are closed when those are too large.
func TestDrainBuffers(t *testing.T) {
	r := serveToys(t, Options{ClientBuffers: 1 << 20, EventLoops: 2, StopTimeout: 100 * time.Millisecond})
	const greedy = 24
	for range greedy {
		c := r.dial()
		c.small()
		c.send(strings.Repeat("1000000\n", 30))
		c.halfClose()
	}
	r.bounded(greedy, 1<<20)
	s := r.Stats()
	if s.ClosedClientBuffers >= greedy || s.ClosedUnsent != 0 {
		t.Errorf("counted %+v", s)
	}
	r.saysTooLarge(s.ClosedClientBuffers)
}

// TestDrainsShareScratch has many clients that half-close and do not read: they use the event loops' scratch space,
// which is never freed.
func TestDrainsShareScratch(t *testing.T) {
	r := serveToys(t, Options{EventLoops: 2, StopTimeout: 100 * time.Millisecond})
	const many = 50
	for range many {
		c := r.dial()
		c.small()
		c.send(strings.Repeat("1000000\n", 10))
		c.halfClose()
	}
	r.eventually("drains that wait", func() bool { return r.draining() == many })
	if n := r.toys.scratches.Load(); n == 0 || n > 2 {
		t.Errorf("%d drains took scratch space %d times", many, n)
	}
}

// TestStopOfFlood: a stop does not wait for a client that goes on sending. It gets the reply to each request that was
// executed, and no more.
func TestStopOfFlood(t *testing.T) {
	r := serveToys(t, Options{StopTimeout: 2 * patience})
	flood := r.dial()
	replies := make(chan int64)
	go func() {
		n, _ := io.Copy(io.Discard, flood.r)
		replies <- n
	}()
	ended := make(chan bool)
	go func() {
		defer close(ended)
		for piece := []byte(strings.Repeat("1\n", 16<<10)); ; {
			if _, err := flood.Write(piece); err != nil {
				return
			}
		}
	}()
	r.eventually("requests", func() bool { return r.toys.executed.Load() > 1<<17 })
	began := time.Now()
	r.stop()
	got := <-replies
	took := time.Since(began)
	flood.Close()
	<-ended
	if err := r.end(); err != nil {
		t.Error(err)
	}
	if want := r.toys.executed.Load(); got != want && took < reactor.LingerTime {
		t.Errorf("%d replies to %d requests", got, want)
	}
}
