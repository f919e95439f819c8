package server

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/cachegopher/cachegopher/internal/machine"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/reactor"
)

// patience bounds the wait for an event that is due at once; the machine may be busy.
const patience = 30 * time.Second

// toys makes sessions of a toy protocol, in which a test decides how much is replied. A request is a line. "N" is
// answered with N bytes. "panic" panics, "bye" closes after a last line, "work N" takes N calls, "rest" takes 20 ms, "wait" waits for over,
// and "keep N" reports N bytes as kept. Other nodes send "node", which alone is served if there is no room for clients.
type toys struct {
	executed  atomic.Int64 // requests
	calls     atomic.Int64 // of Run
	open      atomic.Int64 // sessions
	scratches atomic.Int64 // made
	longest   atomic.Int64 // input of a call of Run
	over      atomic.Bool  // ends all waits; who sets it wakes the sessions
}

func (y *toys) newScratch() scratch {
	y.scratches.Add(1)
	return y
}

func (*toys) load(scratch) {}

func (*toys) refuse(in []byte, text string) []byte {
	if len(in) == 0 {
		return nil
	}
	return []byte("-" + text)
}

func (y *toys) newSession(info connInfo) clientSession {
	y.open.Add(1)
	return &toy{toys: y, info: info, newcomer: info.refusal != ""}
}

type toy struct {
	*toys
	owed    int // bytes of the current reply still to send
	kept    int // bytes that it reports as kept
	work    int // calls that the current request still takes
	full    bool
	waits   bool
	closing bool
	spoke   bool // it has received anything

	info     connInfo
	newcomer bool
}

func (t *toy) Reason() string { return "" }

func (t *toy) Run(_ scratch, in, out []byte, limit int) (used int, reply []byte) {
	t.calls.Add(1)
	t.spoke = t.spoke || len(in) > 0
	t.longest.Store(max(t.longest.Load(), int64(len(in)))) // for tests with one loop
	before := len(out)
	for t.full = false; !t.closing; {
		room := limit - (len(out) - before)
		if t.full = room <= 0; t.full {
			break
		}
		if n := min(t.owed, room); n > 0 {
			out = append(out, bytes.Repeat([]byte{'x'}, n)...)
			t.owed -= n
			continue
		}
		if t.waits {
			if t.waits = !t.over.Load(); t.waits {
				break
			}
			out = append(out, 'x')
		}
		if t.work > 0 {
			t.work--
			t.full = true
			break
		}
		line, _, ok := bytes.Cut(in[used:], []byte("\n"))
		if !ok {
			break
		}
		used += len(line) + 1
		t.executed.Add(1)
		out = t.one(string(line), out)
	}
	return used, out
}

func (t *toy) one(line string, out []byte) []byte {
	word, rest, _ := strings.Cut(line, " ")
	n, _ := strconv.Atoi(rest)
	if word == "node" && t.info.node() {
		t.newcomer = false
		return append(out, 'x')
	}
	if t.newcomer || word == "node" {
		t.info.refused()
		t.closing = true
		return append(out, "no room\n"...)
	}
	switch word {
	case "panic":
		panic("a toy breaks")
	case "bye":
		t.closing = true
		return append(out, "bye\n"...)
	case "rest":
		time.Sleep(20 * time.Millisecond)
		return append(out, 'x')
	case "keep":
		t.kept = n
		return append(out, 'x')
	case "wait":
		t.waits = true
		return out
	case "work":
		t.work = n
		return out
	}
	t.owed, _ = strconv.Atoi(line)
	return out
}

func (t *toy) Refuse() ([]byte, bool) {
	if t.owed > 0 {
		return nil, true
	}
	return t.refuse([]byte("x"), t.info.refusal), t.spoke
}

func (t *toy) Need() int           { return 0 }
func (*toy) Ahead(scratch, []byte) {}
func (t *toy) More() bool          { return !t.closing && (t.full || t.waits) }
func (t *toy) Closing() bool       { return t.closing }
func (t *toy) Blocked() bool       { return t.waits }
func (t *toy) Backlog() int        { return 0 }
func (t *toy) Kept() int           { return t.kept }
func (t *toy) Close()              { t.open.Add(-1) }

// running is a server under test.
type running struct {
	*Server
	t       *testing.T
	toys    *toys
	machine *machine.Watch
	log     *observer.ObservedLogs
	stop    context.CancelFunc
	ended   chan error
}

// serveToys starts a server with o. Its sessions are toys and it has one loop, unless o says otherwise.
func serveToys(t *testing.T, o Options) *running {
	t.Helper()
	core, log := observer.New(zapcore.DebugLevel)
	r := &running{t: t, toys: &toys{}, machine: machine.Start(t), log: log, ended: make(chan error, 1)}
	if o.Addresses == nil {
		o.Addresses = []string{"127.0.0.1:0"}
	}
	if o.EventLoops == 0 {
		o.EventLoops = 1
	}
	if o.Logger = zap.New(core); o.sessions == nil {
		o.sessions = r.toys
	}
	var err error
	if r.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	go func() { r.ended <- r.Run(ctx); close(r.ended) }()
	t.Cleanup(func() {
		if err := r.end(); err != nil {
			t.Errorf("Run returned %v", err)
		}
		if n := r.reactor.Stats().Invalid; n > 0 {
			t.Errorf("%d invalid transitions of phases", n)
		}
		if s, o := r.Stats(), r.toys.open.Load(); s.Connections+s.Nodes+s.Newcomers+s.Buffered != 0 || o != 0 {
			t.Errorf("the server has ended with %+v, %d sessions", s, o)
		}
		if t.Failed() {
			for _, e := range log.All() {
				t.Log(e.Level, e.Message, e.ContextMap())
			}
		}
	})
	return r
}

// end stops the server and returns what Run returned; nil when called again.
func (r *running) end() error {
	r.stop()
	select {
	case err := <-r.ended:
		return err
	case <-time.After(patience):
		stacks := make([]byte, 1<<20)
		r.t.Fatalf("the server does not end:\n%s", stacks[:runtime.Stack(stacks, true)])
		return nil
	}
}

// eventually waits until done returns true.
func (r *running) eventually(what string, done func() bool) {
	r.t.Helper()
	testkit.Eventually(r.t, what, done)
}

// logged waits for a log line and returns its fields.
func (r *running) logged(message string) map[string]any {
	r.t.Helper()
	r.eventually("log line: "+message, func() bool { return r.log.FilterMessage(message).Len() > 0 })
	return r.log.FilterMessage(message).All()[0].ContextMap()
}

// onlyConn calls fn, on its loop, with the descriptor of the only connection of the first loop.
func (r *running) onlyConn(fn func(fd int)) {
	l := r.loops[0]
	l.Call(func() {
		for c := range l.Conns() {
			fn(c.FD())
		}
	})
}

// draining counts the connections that still answer a client after its half-close.
func (r *running) draining() (n int) {
	r.t.Helper()
	counted := make(chan int)
	for _, l := range r.loops {
		l.Call(func() {
			on := 0
			for c := range l.Conns() {
				if c.Phase() == reactor.Draining {
					on++
				}
			}
			counted <- on
		})
		select {
		case on := <-counted:
			n += on
		case <-time.After(patience):
			r.t.Fatal("a loop does not turn")
		}
	}
	return n
}

// client is a connection to a server under test.
type client struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func (r *running) dial() *client {
	r.t.Helper()
	a := r.Addrs()[0]
	return r.dialTo(a.Network(), a.String())
}

func (r *running) dialTo(network, address string) *client {
	r.t.Helper()
	c, err := net.DialTimeout(network, address, patience)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		r.t.Fatal(err)
	}
	return &client{Conn: c, t: r.t, r: bufio.NewReader(c)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, text); err != nil {
		c.t.Fatal(err)
	}
}

// gets reads n bytes of toys' replies.
func (c *client) gets(n int) {
	c.t.Helper()
	piece := make([]byte, 64<<10)
	for left := n; left > 0; {
		got, err := c.r.Read(piece[:min(left, len(piece))])
		if bytes.Count(piece[:got], []byte{'x'}) != got {
			c.t.Fatalf("%d bytes before the end of %d: %.100q", left, n, piece[:got])
		}
		if left -= got; err != nil && left > 0 {
			c.t.Fatalf("%v, %d bytes before the end of %d", err, left, n)
		}
	}
}

// closed waits for the end of the connection and fails if any byte arrives before it.
func (c *client) closed() {
	c.t.Helper()
	rest, err := io.ReadAll(c.r)
	if e, ok := err.(net.Error); len(rest) > 0 || ok && e.Timeout() {
		c.t.Fatalf("got %.200q, %v instead of the end of the connection", rest, err)
	}
}
