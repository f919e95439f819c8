package reactor

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestInputs has connections that are ready at the same time: their input is known before the first of it is handled, each gets
// its own, and one that another's handler has closed gets none.
func TestInputs(t *testing.T) {
	r := serve(t, 1)
	l := r.Loops()[0]
	var clients []net.Conn
	for range 5 {
		clients = append(clients, r.dial())
		r.echoes(clients[len(clients)-1])
	}
	r.waits(clients[0])
	var events []string // the loop's, like the functions
	l.Call(func() {
		l.Load = func() { events = append(events, "load") }
		for c := range l.Conns() {
			h := c.handler.(*talker)
			h.ahead = func(data []byte) { events = append(events, "ahead "+string(data)) }
			h.hear = func() { events = append(events, "receive") }
		}
	})
	want := "ahead,ahead,ahead,ahead,ahead,load,receive,receive,receive,receive,receive"
	r.eventually("connections that are served together", func() bool {
		held, release := make(chan bool), make(chan bool)
		l.Call(func() { events = nil; close(held); <-release })
		<-held
		for i, c := range clients {
			if _, err := fmt.Fprintf(c, "%d\n", i); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Millisecond) // usually enough
		close(release)
		for i, c := range clients {
			if got, err := bufio.NewReader(c).ReadString('\n'); got != fmt.Sprintf("%d\n", i) || err != nil {
				t.Fatalf("client %d got %q, %v", i, got, err)
			}
		}
		got := make(chan []string)
		l.Call(func() { got <- slices.Clone(events) })
		var kinds []string
		for _, e := range <-got {
			kind, _, _ := strings.Cut(e, " ")
			kinds = append(kinds, kind)
		}
		return strings.Join(kinds, ",") == want
	})

	received := make(chan int)
	l.Call(func() {
		n := 0
		for c := range l.Conns() {
			c.handler.(*talker).hear = func() {
				n++
				for o := range l.Conns() {
					if o != c {
						o.Abort()
					}
				}
			}
		}
		for i, c := range clients {
			_, _ = fmt.Fprintf(c, "%d\n", i)
		}
		go func() {
			r.eventually("one connection is left", func() bool { return r.conns.Load() == 1 })
			l.Call(func() { received <- n })
		}()
	})
	if n := <-received; n != 1 {
		t.Errorf("%d connections were handled", n)
	}
}

// TestSmallReads sends much at once while the loop is busy: it is read in one piece, or in small ones if the handler says that
// the requests are small.
func TestSmallReads(t *testing.T) {
	r := serve(t, 1)
	l := r.Loops()[0]
	client := r.dial()
	r.echoes(client)
	const size = 4 * smallRead // less than a socket takes at once
	largest := func(small bool) int {
		r.waits(client)
		most := 0 // the loop's
		held, release := make(chan bool), make(chan bool)
		l.Call(func() {
			for c := range l.Conns() {
				c.Small = small
				c.handler.(*talker).ahead = func(data []byte) { most = max(most, len(data)) }
			}
			close(held)
			<-release
		})
		<-held
		if _, err := client.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		close(release)
		if _, err := io.CopyN(io.Discard, client, size); err != nil {
			t.Fatal(err)
		}
		got := make(chan int)
		l.Call(func() { got <- most })
		return <-got
	}
	r.eventually("a large read", func() bool { return largest(false) > smallRead })
	for range 5 {
		if got := largest(true); got > smallRead {
			t.Errorf("%d bytes of small requests were read at once", got)
		}
	}
}

// TestYields has a loop yield after a full read of many small requests, and after no other.
func TestYields(t *testing.T) {
	r := serve(t, 1)
	l := r.Loops()[0]
	client := r.dial()
	r.echoes(client)
	yields := func(small bool, size int) (n int) {
		r.waits(client)
		held, release := make(chan bool), make(chan bool)
		l.Call(func() {
			l.yield = func() { n++ }
			for c := range l.Conns() {
				c.Small = small
			}
			close(held)
			<-release
		})
		<-held
		if _, err := client.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		close(release)
		if _, err := io.CopyN(io.Discard, client, int64(size)); err != nil {
			t.Fatal(err)
		}
		got := make(chan int)
		l.Call(func() { got <- n })
		return <-got
	}
	r.eventually("a yield after each full read", func() bool { return yields(true, 3*smallRead) == 3 })
	if yields(true, smallRead-1) > 0 || yields(false, 3*smallRead) > 0 {
		t.Error("a loop yields that has little to do for each client")
	}
}

// TestLoadPanics: a panic in Load is logged, and its loop goes on without it; no connection notices.
func TestLoadPanics(t *testing.T) {
	r := serve(t, 1)
	l := r.Loops()[0]
	c := r.dial()
	r.waits(c)
	l.Call(func() { l.Load = func() { panic("it breaks") } })
	const message = "loading memory ahead of requests panicked; this loop does without it from now on"
	r.eventually("a call of Load", func() bool {
		r.echoes(c)
		return r.log.FilterMessage(message).Len() > 0
	})
	for range 3 {
		r.waits(c)
		r.echoes(c)
	}
	entries := r.log.FilterMessage(message).All()
	if len(entries) != 1 || entries[0].ContextMap()["panic"] != "it breaks" {
		t.Errorf("logged %v", entries)
	}
}
