package client

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
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
	resp2    bool // does not know HELLO
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

func (f *fakeNode) null() string {
	if f.resp2 {
		return "$-1\r\n"
	}
	return "_\r\n"
}

// execute is called with the lock held.
func (f *fakeNode) execute(cmd string, args []string) string {
	for k, e := range f.data {
		if !e.until.IsZero() && time.Now().After(e.until) {
			delete(f.data, k)
		}
	}
	if f.role != "master" && slices.Contains([]string{"SET", "DEL", "DELIFEQ", "INCRBY", "PEXPIRE", "PERSIST", "FLUSHALL"}, cmd) {
		return "-READONLY You can't write against a read only replica.\r\n"
	}
	switch cmd {
	case "HELLO":
		if f.resp2 {
			return "-ERR unknown command 'HELLO', with args beginning with: '3' \r\n"
		}
		return "%3\r\n" + bulk("server") + bulk("fake") + bulk("version") + bulk("1.2.3") + bulk("role") + bulk(f.role)
	case "PING":
		return "+PONG\r\n"
	case "GET":
		if e, ok := f.data[args[1]]; ok {
			return bulk(e.value)
		}
		return f.null()
	case "SET":
		return f.set(args)
	case "DEL", "DELIFEQ":
		e, ok := f.data[args[1]]
		if !ok || cmd == "DELIFEQ" && e.value != args[2] {
			return ":0\r\n"
		}
		delete(f.data, args[1])
		return ":1\r\n"
	case "INCRBY":
		e := f.data[args[1]]
		n, err := strconv.ParseInt(cmpOr(e.value, "0"), 10, 64)
		if err != nil {
			return "-ERR value is not an integer or out of range\r\n"
		}
		d, _ := strconv.ParseInt(args[2], 10, 64)
		e.value = strconv.FormatInt(n+d, 10)
		f.data[args[1]] = e
		return ":" + e.value + "\r\n"
	case "PEXPIRE", "PERSIST", "PTTL":
		return f.expiry(cmd, args)
	case "SCAN":
		return f.scan(args)
	case "FLUSHALL":
		clear(f.data)
		return okReply
	case "ECHO":
		return bulk(args[1])
	}
	return "-ERR unknown command '" + args[0] + "', with args beginning with: \r\n"
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func (f *fakeNode) set(args []string) string {
	old, there := f.data[args[1]]
	e := fakeEntry{value: args[2]}
	for i := 3; i < len(args); i++ {
		switch args[i] {
		case "NX":
			if there {
				return f.null()
			}
		case "XX":
			if !there {
				return f.null()
			}
		case "IFEQ":
			i++
			if !there || old.value != args[i] {
				return f.null()
			}
		case "PX":
			i++
			ms, _ := strconv.Atoi(args[i])
			e.until = time.Now().Add(time.Duration(ms) * time.Millisecond)
		case "KEEPTTL":
			e.until = old.until
		default:
			return "-ERR syntax error\r\n"
		}
	}
	f.data[args[1]] = e
	return okReply
}

func (f *fakeNode) expiry(cmd string, args []string) string {
	e, ok := f.data[args[1]]
	switch {
	case !ok && cmd == "PTTL":
		return ":-2\r\n"
	case !ok:
		return ":0\r\n"
	case cmd == "PTTL" && e.until.IsZero():
		return ":-1\r\n"
	case cmd == "PTTL":
		return fmt.Sprintf(":%d\r\n", time.Until(e.until).Milliseconds())
	case cmd == "PERSIST" && e.until.IsZero():
		return ":0\r\n"
	case cmd == "PERSIST":
		e.until = time.Time{}
	default:
		ms, _ := strconv.Atoi(args[2])
		e.until = time.Now().Add(time.Duration(ms) * time.Millisecond)
	}
	f.data[args[1]] = e
	return ":1\r\n"
}

// scan returns two keys a step; the cursor is an index into the sorted keys.
func (f *fakeNode) scan(args []string) string {
	keys := slices.Sorted(maps.Keys(f.data))
	at, _ := strconv.Atoi(args[1])
	to := min(at+2, len(keys))
	next := to
	if to == len(keys) {
		next = 0
	}
	out := "*2\r\n" + bulk(strconv.Itoa(next)) + fmt.Sprintf("*%d\r\n", max(to-at, 0))
	for _, k := range keys[min(at, to):to] {
		out += bulk(k)
	}
	return out
}
