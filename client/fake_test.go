package client

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// fakeNode is a small node in the test's process that misbehaves as its plan says.
type fakeNode struct {
	t    testing.TB
	addr string

	mu       sync.Mutex
	l        net.Listener
	data     map[string]fakeEntry
	conns    map[net.Conn]bool
	accepted int
	asked    map[string]int // requests by command
	role     string
	info     string // the reply to INFO; empty: it does not know the command
	resp2    bool   // does not know HELLO
	// plan, when set, says what to do about a request; conn counts from 1. It
	// is called with the lock held.
	plan func(conn int, args []string) act
	wg   sync.WaitGroup
}

type fakeEntry struct {
	value string
	until time.Time
}

// act is what the fake does with one request; the zero value answers it.
type act struct {
	delay  time.Duration // first
	until  chan struct{} // until it is closed
	stall  bool          // neither answer nor read any more
	reply  string        // instead of the true one
	deny   string        // the same, without executing
	only   int           // bytes of the reply, when > 0; then close, or stall
	before string        // bytes to send before the reply
	close  bool          // without executing
	after  bool          // close: execute first
}

func newFake(t testing.TB) *fakeNode {
	t.Helper()
	f := &fakeNode{t: t, data: map[string]fakeEntry{}, conns: map[net.Conn]bool{}, asked: map[string]int{}, role: "master"}
	l, err := nodeprocess.Listen()
	if err != nil {
		t.Fatal(err)
	}
	f.start(l)
	t.Cleanup(f.stop)
	return f
}

func (f *fakeNode) start(l net.Listener) {
	f.mu.Lock()
	f.l, f.addr = l, l.Addr().String()
	f.mu.Unlock()
	f.wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			if f.l != l { // stopped meanwhile: nobody else closes it
				f.mu.Unlock()
				nc.Close()
				return
			}
			f.accepted++
			no := f.accepted
			f.conns[nc] = true
			f.mu.Unlock()
			f.wg.Go(func() {
				f.serve(nc, no)
				nc.Close()
				f.mu.Lock()
				delete(f.conns, nc)
				f.mu.Unlock()
			})
		}
	})
}

// stop closes everything at once, as kill -9 does.
func (f *fakeNode) stop() {
	f.mu.Lock()
	if f.l != nil {
		f.l.Close()
		f.l = nil
	}
	for nc := range f.conns {
		nc.(*net.TCPConn).SetLinger(0)
		nc.Close()
	}
	f.mu.Unlock()
	f.wg.Wait()
}

// restart listens at the same address again.
func (f *fakeNode) restart() {
	f.t.Helper()
	testkit.EventuallyNil(f.t, "the fake listens again", func() error {
		l, err := net.Listen("tcp", f.addr)
		if err == nil {
			f.start(l)
		}
		return err
	})
}

func (f *fakeNode) setPlan(plan func(conn int, args []string) act) {
	f.mu.Lock()
	f.plan = plan
	f.mu.Unlock()
}

// count returns how many requests of a command have arrived.
func (f *fakeNode) count(cmd string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[cmd]
}

func (f *fakeNode) connections() (open, accepted int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.conns), f.accepted
}

func (f *fakeNode) put(key, value string) {
	f.mu.Lock()
	f.data[key] = fakeEntry{value: value}
	f.mu.Unlock()
}

func (f *fakeNode) get(key string) (string, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, ok := f.data[key]
	return e.value, ok
}

func (f *fakeNode) serve(nc net.Conn, no int) {
	r := bufio.NewReader(nc)
	w := bufio.NewWriter(nc)
	for {
		args, err := readCommand(r)
		if err != nil {
			return
		}
		f.mu.Lock()
		cmd := strings.ToUpper(args[0])
		f.asked[cmd]++
		var a act
		if f.plan != nil {
			a = f.plan(no, args)
		}
		var reply string
		if a.deny != "" {
			reply = a.deny
		} else if a.delay == 0 && !a.stall && (!a.close || a.after) {
			reply = f.execute(cmd, args)
		}
		f.mu.Unlock()
		if a.delay > 0 {
			w.Flush()
			time.Sleep(a.delay)
			f.mu.Lock()
			reply = f.execute(cmd, args)
			f.mu.Unlock()
		}
		if a.until != nil {
			w.Flush()
			<-a.until
		}
		if a.reply != "" {
			reply = a.reply
		}
		w.WriteString(a.before)
		switch {
		case a.only > 0:
			w.WriteString(reply[:min(a.only, len(reply))])
			w.Flush()
			if !a.stall {
				return
			}
			fallthrough
		case a.stall:
			w.Flush()
			io.Copy(io.Discard, nc) // until the other end closes
			return
		case a.close:
			w.Flush()
			return
		}
		w.WriteString(reply)
		if r.Buffered() == 0 {
			if w.Flush() != nil {
				return
			}
		}
	}
}

func readCommand(r *bufio.Reader) ([]string, error) {
	request, err := wire.ReadReply(r) // which has the form of an array
	return request.Texts(), err
}

func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

const okReply = "+OK\r\n"
