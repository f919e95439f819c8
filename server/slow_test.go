package server

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zaptest/observer"
)

// quiet waits until n stays the same for a while, longer on a busy machine, and returns it.
func (r *running) quiet(n func() int64) int64 {
	r.t.Helper()
	last, since := n(), time.Now()
	r.eventually("standstill", func() bool {
		if now := n(); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > r.machine.Allow(200*time.Millisecond)
	})
	return last
}

// small makes the kernel keep little of the bytes sent to the client.
func (c *client) small() {
	c.t.Helper()
	conn := c.Conn
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if err := conn.(*net.TCPConn).SetReadBuffer(16 << 10); err != nil {
		c.t.Fatal(err)
	}
}

// TestSlowReader requests 64 MB and reads nothing: execution stops before much more than a megabyte of replies
// waits. It continues as the client reads, and others are served meanwhile.
func TestSlowReader(t *testing.T) {
	r := serveToys(t, Options{})
	const requests, size = 1000, 64 << 10
	slow, other := r.dial(), r.dial()
	slow.small()
	slow.send(strings.Repeat("65536\n", requests))
	done := r.quiet(r.toys.executed.Load)
	if done >= requests/2 || done < 4 {
		t.Errorf("%d requests of %d were executed for a client that reads nothing", done, requests)
	}
	if b := r.Stats().Buffered; b == 0 || b > 3<<20 {
		t.Errorf("%d bytes are kept", b)
	}
	calls := r.toys.calls.Load()
	for range 20 {
		other.send("7\n")
		other.gets(7)
	}
	if n := r.toys.calls.Load() - calls; n != 20 {
		t.Errorf("%d calls of sessions for 20 requests, while one client does not read", n)
	}
	slow.gets(requests / 2 * size)
	slow.gets(requests / 2 * size)
	slow.send("5\n")
	slow.gets(5)
	r.eventually("buffers given back", func() bool { return r.Stats().Buffered == 0 })
}

// TestBacklog closes a client that goes on sending while its requests cannot be executed.
func TestBacklog(t *testing.T) {
	r := serveToys(t, Options{InputBacklog: 1 << 20})
	flood := r.dial()
	flood.small()
	flood.send("10000000\n")
	sent := 0
	for piece := []byte(strings.Repeat("1\n", 32<<10)); ; {
		n, err := flood.Write(piece)
		if sent += n; err != nil {
			break
		}
		if sent > 64<<20 {
			t.Fatalf("%d bytes were taken", sent)
		}
	}
	if sent < 1<<20 {
		t.Errorf("closed after %d bytes already", sent)
	}
	if got := r.logged("closed a connection: too much unexecuted input")["bytes"].(int64); got <= 1<<20 || got > 2<<20 {
		t.Errorf("closed with %d bytes", got)
	}
	if s := r.Stats(); s.ClosedBacklog != 1 {
		t.Errorf("counted %+v", s)
	}
	r.eventually("buffers given back", func() bool { return r.Stats().Buffered == 0 && r.Stats().Connections == 0 })
}

// bounded waits until all of n clients were accepted, some of them were closed because of the buffers, and the others
// do not move and keep no more than bound bytes.
func (r *running) bounded(n, bound int64) {
	r.t.Helper()
	r.eventually("buffers within their bound", func() bool {
		r.quiet(r.toys.calls.Load)
		s := r.Stats()
		return s.Accepted == n && s.ClosedClientBuffers > 0 && s.Connections == n-s.ClosedClientBuffers && s.Buffered <= bound
	})
}

// TestShedPassesOn: a loop that is asked to close its largest connection, but has none by then, passes the call on to the
// loop that has.
func TestShedPassesOn(t *testing.T) {
	r := serveToys(t, Options{EventLoops: 2})
	c := r.dial()
	c.small()
	c.send("1000000\n1000000\n")
	r.quiet(r.toys.calls.Load)
	r.SetClientBuffers(1)
	for _, l := range r.loops {
		if l.held.Load() == 0 {
			l.largest.Store(1 << 30) // as if a large connection had just been closed
			l.Call(func() { r.shed(l) })
		}
	}
	r.eventually("buffers given back", func() bool { return r.Stats().Buffered == 0 && r.Stats().ClosedClientBuffers == 1 })
}

// TestClientBuffers has slow readers on two loops that exceed client_buffers: those with the largest buffers are closed,
// logged and counted; those that keep little are not.
func TestClientBuffers(t *testing.T) {
	const bound = 1 << 20
	r := serveToys(t, Options{ClientBuffers: bound, EventLoops: 2})
	var modest []*client
	for range 10 {
		c := r.dial()
		c.send("half a request")
		modest = append(modest, c)
	}
	const greedy = 24
	for range greedy {
		c := r.dial()
		c.small()
		c.send(strings.Repeat("1000000\n", 30))
	}
	r.bounded(10+greedy, bound)
	s := r.Stats()
	if s.ClosedClientBuffers >= greedy {
		t.Errorf("counted %+v", s)
	}
	lines := r.saysTooLarge(s.ClosedClientBuffers)
	for _, l := range lines {
		if held := l.ContextMap()["bytes"].(int64); held < 10_000 {
			t.Errorf("closed one that kept %d bytes", held)
		}
	}
	for _, c := range modest {
		c.send("\n6\n")
		c.gets(6)
	}
}

// TestKeptCounts: the memory of unfinished replies in sessions, as of KEYS, counts with the buffers.
func TestKeptCounts(t *testing.T) {
	const bound = 4 << 20
	r := serveToys(t, Options{ClientBuffers: bound, EventLoops: 2})
	small, large := r.dial(), r.dial()
	small.send("keep 100000\n")
	small.gets(1)
	large.send("keep 1000000\n")
	large.gets(1)
	r.eventually("1,100,000 bytes counted", func() bool {
		held := r.Stats().Buffered
		return held >= 1_100_000 && held < 1_200_000
	})
	large.send(fmt.Sprintf("keep %d\n", bound))
	large.gets(1)
	large.closed()
	small.send("keep 0\n")
	small.gets(1)
	r.eventually("nothing counted but a buffer", func() bool { return r.Stats().Buffered < 100_000 })
	if n := r.Stats().ClosedClientBuffers; n != 1 {
		t.Errorf("%d connections are closed", n)
	}
}

// TestRoomForATurn: as long as no connection is closed for the buffers, another turn of each loop cannot exceed the limit.
func TestRoomForATurn(t *testing.T) {
	for loops, bound := range map[int]int64{1: 1 << 20, 2: 2 << 20} {
		r := serveToys(t, Options{ClientBuffers: bound, EventLoops: loops})
		for last := int64(0); r.Stats().ClosedClientBuffers == 0; {
			if last = r.buffered(); last > bound-int64(loops)*turnGrowth {
				t.Fatalf("%d loops: %d bytes of %d are kept", loops, last, bound)
			}
			c := r.dial()
			c.send("keep 50000\n")
			c.gets(1)
			r.eventually("bytes counted", func() bool { return r.buffered() >= last+50_000 || r.Stats().ClosedClientBuffers > 0 })
		}
		if held := r.buffered(); held < bound/2-100_000 {
			t.Errorf("%d loops: only %d bytes of %d are kept", loops, held, bound)
		}
	}
}

// TestKeptByDrains: a session's memory counts once while its connection drains, and not at all afterwards.
func TestKeptByDrains(t *testing.T) {
	r := serveToys(t, Options{EventLoops: 2})
	c := r.dial()
	c.send("keep 1000000\n30000000\n")
	c.halfClose()
	r.eventually("a drain", func() bool { return r.draining() == 1 })
	r.eventually("1,000,000 bytes and the replies counted", func() bool {
		held := r.Stats().Buffered
		return held >= 1_000_000 && held < 1_500_000
	})
	c.gets(30_000_001)
	c.closed()
	r.eventually("nothing counted", func() bool { return r.Stats().Buffered == 0 })
}

// saysTooLarge expects log lines about closed connections, at most one a second.
func (r *running) saysTooLarge(closed int64) []observer.LoggedEntry {
	r.t.Helper()
	lines := r.log.FilterMessage(tooLarge).All()
	if n := int64(len(lines)); n == 0 || n > closed {
		r.t.Errorf("%d log lines for %d closed connections", n, closed)
	}
	// The server's clock may stand still for a while on a busy machine, so that two lines may come close
	// together: many cannot.
	if n := len(lines); n > 0 {
		if span := lines[n-1].Time.Sub(lines[0].Time); n > 2+int(span/time.Second) {
			r.t.Errorf("%d log lines within %v", n, span)
		}
	}
	return lines
}

// TestIdle closes silent clients, and no others; the timeout changes while the server runs.
func TestIdle(t *testing.T) {
	r := serveToys(t, Options{IdleTimeout: time.Hour})
	silent := r.dial()
	silent.send("1\n")
	silent.gets(1)
	r.SetIdleTimeout(400 * time.Millisecond)
	ended := make(chan struct{})
	go func() {
		silent.closed()
		close(ended)
	}()
	again := r.talk(r.dial, 400*time.Millisecond, ended)
	if s := r.Stats(); s.ClosedIdle < 1 || s.ClosedIdle > 1+again {
		t.Errorf("counted %+v", s)
	}
	r.SetIdleTimeout(0)
	busy := r.dial()
	time.Sleep(600 * time.Millisecond)
	busy.send("1\n")
	busy.gets(1)
}

// talk makes a client send a request every 20 ms until ended is closed: it must not be closed as idle. If a busy machine
// delays it for half of the idle timeout, it may be closed, and another client replaces it; again counts those.
func (r *running) talk(dial func() *client, idle time.Duration, ended <-chan struct{}) (again int64) {
	r.t.Helper()
	spoke := time.Now() // before the server can begin to count
	for busy := dial(); ; {
		io.WriteString(busy, "1\n") //nolint:errcheck // the answer is checked
		_, err := busy.r.ReadByte()
		if now := time.Now(); now.Sub(spoke) > idle/2 {
			spoke, again = time.Now(), again+1
			busy = dial()
		} else if spoke = now; err != nil {
			r.t.Fatalf("a client that speaks is closed: %v", err)
		}
		select {
		case <-ended:
			return again
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestFair makes one connection work for long while another sends requests: the latter must not wait for the first to end.
func TestFair(t *testing.T) {
	r := serveToys(t, Options{StopTimeout: 50 * time.Millisecond})
	long, other := r.dial(), r.dial()
	long.send("work 1000000000\n1\n")
	r.eventually("work", func() bool { return r.toys.executed.Load() == 1 })
	for range 10 {
		other.send("9\n")
		other.gets(9)
	}
	if n := r.toys.executed.Load(); n != 11 {
		t.Errorf("%d requests were executed: the long one has ended before the others were answered", n)
	}
}
