package reactor

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"testing"
	"time"
)

// waits makes c the only busy connection of r's only loop, so that the loop waits for it.
func (r *running) waits(c net.Conn) {
	r.t.Helper()
	l := r.Loops()[0]
	if l.inside.poller == 0 {
		r.t.Fatal("gnet's epoll instance was not found")
	}
	if !r.interruptible.Load() {
		r.t.Skip("one processor: loops do not stay inside events of gnet")
	}
	r.eventually("a loop that waits for one connection", func() bool {
		r.echoes(c)
		time.Sleep(time.Millisecond)
		return l.inside.waiting.Load()
	})
}

// TestInside has a loop wait for its only busy connection. Meanwhile others come, ask and leave, goroutines call the loop,
// and requests come in parts and at once: all are served at once, and not when the connection sends again.
func TestInside(t *testing.T) {
	r := serve(t, 1)
	l := r.Loops()[0]
	c := r.dial()
	for range 20 {
		r.waits(c)
		other := r.dial()
		r.echoes(other)
		r.waits(c)
		r.echoes(other)
		r.waits(c)
		if _, err := other.Write([]byte("bye\n")); err != nil { // gnet closes it by its queue, once it lingers
			t.Fatal(err)
		}
		if all, err := io.ReadAll(other); string(all) != "bye\n" || err != nil {
			t.Fatalf("got %q, %v", all, err)
		}
		other.Close()
		r.waits(c)
		ran := make(chan bool)
		l.Call(func() { close(ran) })
		select {
		case <-ran:
		case <-time.After(patience):
			t.Fatal("a function waits for the connection")
		}
	}
	r.eventually("one connection is left", func() bool { return r.conns.Load() == 1 })
}

// TestInsideServesAll: a loop that has connections which ask in turn reads from each of them without gnet.
func TestInsideServesAll(t *testing.T) {
	r := serve(t, 1)
	l := r.Loops()[0]
	var clients []net.Conn
	for range 8 {
		clients = append(clients, r.dial())
		r.echoes(clients[len(clients)-1])
	}
	r.waits(clients[0])
	served := map[*Conn]bool{} // the loop's, like the function
	l.Call(func() {
		for c := range l.Conns() {
			c.handler.(*talker).hear = func() {
				if l.serving == nil { // it is no event of gnet
					served[c] = true
				}
			}
		}
	})
	r.eventually("all are served inside an event", func() bool {
		for _, c := range clients {
			r.echoes(c)
		}
		all := make(chan bool)
		l.Call(func() { all <- len(served) == len(clients) })
		return <-all
	})
}

// TestInsideEnds ends the connection for which a loop waits: by a half-close, a reset, an abort from elsewhere, and a stop.
func TestInsideEnds(t *testing.T) {
	r := serve(t, 1)
	l := r.Loops()[0]
	ends := map[string]func(c *net.TCPConn){
		"half-close": func(c *net.TCPConn) { _ = c.CloseWrite() },
		"reset":      func(c *net.TCPConn) { _ = c.SetLinger(0); c.Close() },
		"abort": func(*net.TCPConn) {
			l.Call(func() {
				for c := range l.Conns() {
					c.Abort()
				}
			})
		},
	}
	for what, end := range ends {
		c := r.dial()
		r.waits(c)
		end(c.(*net.TCPConn))
		r.eventually(what, func() bool { return r.conns.Load() == 0 })
	}
	r.waits(r.dial()) // the reactor is stopped meanwhile
}

// together holds the only loop while c sends a request and fn, or then onLoop, makes gnet queue a function, so that the loop
// finds both in one poll. In the end it reads the reply to c.
func (r *running) together(c net.Conn, fn, onLoop func()) {
	r.t.Helper()
	r.waits(c)
	held, release := make(chan bool), make(chan bool)
	r.Loops()[0].Call(func() { close(held); <-release; onLoop() })
	<-held
	if _, err := c.Write([]byte("4\n")); err != nil {
		r.t.Fatal(err)
	}
	fn()
	time.Sleep(2 * time.Millisecond) // usually enough for both to be there
	close(release)
	if got, err := bufio.NewReader(c).ReadString('\n'); got != "4\n" || err != nil {
		r.t.Fatalf("got %q, %v", got, err)
	}
}

// TestInsideWithQueue: a function that gnet has taken out of its queue together with a request of the only busy connection
// runs before the loop waits for that connection.
func TestInsideWithQueue(t *testing.T) {
	r := serve(t, 1)
	l := r.Loops()[0]
	c := r.dial()
	for range 10 {
		var other net.Conn
		r.together(c, func() {
			before := r.conns.Load()
			other = r.dial()
			r.eventually("an enrolment", func() bool { return r.conns.Load() > before })
		}, func() {})
		r.echoes(other)
		r.together(c, func() {}, func() {
			for o := range l.Conns() {
				if o.gc.RemoteAddr().String() == other.LocalAddr().String() {
					o.Abort()
				}
			}
		})
		if all, err := io.ReadAll(other); len(all) > 0 || err != nil {
			t.Fatalf("got %q, %v", all, err)
		}
	}
	stopped := make(chan error, 1)
	r.together(c, func() { go func() { stopped <- r.Close() }() }, func() {})
	select {
	case err := <-stopped:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("the stop waits for the connection")
	}
}

// TestInsideCollects: a loop that waits for its only busy connection holds up neither the garbage collector nor goroutines.
func TestInsideCollects(t *testing.T) {
	r := serve(t, 1)
	c := r.dial()
	done := make(chan bool)
	for range 20 {
		r.waits(c)
		go func() {
			runtime.GC()
			done <- true
		}()
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatal("the garbage collector waits for the connection")
		}
	}
}

// TestInsideFair has a connection that always has another request in its socket, and each takes a millisecond. Another
// connection that sends something meanwhile waits for few of them.
func TestInsideFair(t *testing.T) {
	r := serve(t, 1)
	l := r.Loops()[0]
	busy := r.dial()
	r.waits(busy)
	other := r.dial()
	r.echoes(other)
	r.waits(busy)
	const asked, most = 5, 100
	handled := 0 // of busy; the loop's, like the function
	waited, ready := make(chan int, 1), make(chan bool)
	l.Call(func() {
		defer close(ready)
		for c := range l.Conns() {
			hear := &c.handler.(*talker).hear
			if c.gc.RemoteAddr().String() == other.LocalAddr().String() {
				*hear = func() { waited <- handled - asked }
				continue
			}
			*hear = func() {
				if handled++; handled == asked {
					_, _ = other.Write([]byte("1\n"))
				}
				if handled < most {
					_, _ = busy.Write([]byte("1\n"))
				}
				time.Sleep(time.Millisecond)
			}
		}
	})
	<-ready
	if _, err := busy.Write([]byte("1\n")); err != nil {
		t.Fatal(err)
	}
	select {
	case n := <-waited:
		if n > 4 {
			t.Errorf("the other connection waited for %d requests", n)
		}
	case <-time.After(patience):
		t.Fatal("the other connection is not served")
	}
}

// TestInsideAmongOthers has clients on one loop that send at random, often only one of them for a while: every reply comes.
func TestInsideAmongOthers(t *testing.T) {
	r := serve(t, 1)
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	type client struct {
		net.Conn
		in *bufio.Reader
	}
	var clients []client
	waited := 0
	for i := range 4000 {
		if len(clients) < 4 || rng.IntN(100) == 0 {
			c := r.dial()
			clients = append(clients, client{c, bufio.NewReader(c)})
		}
		k := rng.IntN(len(clients))
		c := clients[k]
		for range 1 + rng.IntN(6) {
			text := fmt.Sprintf("%d %0*d\n", i, 1+rng.IntN(1+rng.IntN(9000)), i)
			if cut := rng.IntN(len(text)); rng.IntN(2) == 0 {
				_, _ = c.Write([]byte(text[:cut]))
				_, _ = c.Write([]byte(text[cut:]))
			} else {
				_, _ = c.Write([]byte(text))
			}
			if got, err := c.in.ReadString('\n'); got != text || err != nil {
				t.Fatalf("step %d: got %d bytes instead of %d, %v", i, len(got), len(text), err)
			}
		}
		if r.Loops()[0].inside.waiting.Load() {
			waited++
		}
		if rng.IntN(100) == 0 {
			c.Close()
			clients[k] = clients[len(clients)-1]
			clients = clients[:len(clients)-1]
		}
	}
	if waited == 0 && r.interruptible.Load() { // with one processor loops do not stay inside events of gnet
		t.Error("the loop has never waited for one connection")
	}
}
