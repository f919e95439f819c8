package load

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// fakeServer speaks enough RESP for the generator; tests make it lie and stall.
type fakeServer struct {
	*testkit.Server
	mu    sync.Mutex
	store map[string]string
	// twist changes replies: it gets the command and the correct reply.
	twist func(n int, args []string, reply string) string
	// before is called before each command is executed.
	before func(n int, args []string)
	// cut, if set, is asked before each command whether to end the connection instead.
	cut     func(n int, args []string, c net.Conn) bool
	eager   bool // each reply is sent at once
	count   int
	evicted int // as INFO says
}

func newFake(t *testing.T) *fakeServer {
	t.Helper()
	f := &fakeServer{store: map[string]string{}}
	f.Server = testkit.Serve(t, f.serve)
	return f
}

// set changes how the server behaves. Requests bypass Go's own sockets, so that without the lock the race
// detector would see no order between them.
func (f *fakeServer) set(before func(n int, args []string), twist func(n int, args []string, reply string) string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before, f.twist = before, twist
}

// locked calls do while no request is executed, to change the server; for the reason see set.
func (f *fakeServer) locked(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// at calls do once the server has had n requests.
func (f *fakeServer) at(n int, do func()) {
	f.set(func(had int, _ []string) {
		if had == n {
			go do()
		}
	}, nil)
}

func (f *fakeServer) target() *sut.Target {
	return &sut.Target{URL: "redis://fake", Wire: &sut.Wire{Network: "tcp", Address: f.Address, Dialect: sut.RESP{}}}
}

func (f *fakeServer) serve(c net.Conn) {
	in, out := bufio.NewReader(c), bufio.NewWriter(c)
	for {
		request, err := wire.ReadReply(in) // which has the form of an array
		if err != nil {
			return
		}
		f.mu.Lock()
		cut, eager := f.cut != nil && f.cut(f.count, request.Texts(), c), f.eager
		f.mu.Unlock()
		if cut {
			return
		}
		out.WriteString(f.do(request.Texts()))
		if request.Texts()[0] == "QUIT" {
			out.Flush()
			return
		}
		if (eager || in.Buffered() == 0) && out.Flush() != nil {
			return
		}
	}
}

func (f *fakeServer) do(args []string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.count
	f.count++
	if f.before != nil {
		f.before(n, args)
	}
	reply := "+OK\r\n"
	bulk := func(k string) string {
		if v, ok := f.store[k]; ok {
			return fmt.Sprintf("$%d\r\n%s\r\n", len(v), v)
		}
		return "$-1\r\n"
	}
	switch args[0] {
	case "GET":
		reply = bulk(args[1])
	case "MGET":
		reply = fmt.Sprintf("*%d\r\n", len(args)-1)
		for _, k := range args[1:] {
			reply += bulk(k)
		}
	case "SET":
		f.store[args[1]] = args[2]
	case "DEL":
		reply = ":0\r\n"
		if _, ok := f.store[args[1]]; ok {
			reply = ":1\r\n"
			delete(f.store, args[1])
		}
	case "INCR":
		v, _ := strconv.Atoi(f.store[args[1]])
		f.store[args[1]] = strconv.Itoa(v + 1)
		reply = fmt.Sprintf(":%d\r\n", v+1)
	case "EXPIRE":
		reply = ":1\r\n"
	case "DBSIZE":
		reply = fmt.Sprintf(":%d\r\n", len(f.store))
	case "INFO":
		text := fmt.Sprintf("evicted_keys:%d\r\n", f.evicted)
		reply = fmt.Sprintf("$%d\r\n%s\r\n", len(text), text)
	}
	if f.twist != nil {
		reply = f.twist(n, args, reply)
	}
	return reply
}

func compile(t testing.TB, s workload.Spec) *workload.Workload {
	t.Helper()
	w, err := workload.Compile(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func session(t *testing.T, tg *sut.Target, s workload.Spec, p Plan) *Session {
	t.Helper()
	sess, err := NewSession(compile(t, s), tg, p)
	if err != nil {
		t.Fatal(err)
	}
	return sess
}

// measure fills the target and does one round.
func measure(t *testing.T, tg *sut.Target, s workload.Spec, p Plan) (*result.Round, error) {
	t.Helper()
	if p.Conns == 0 {
		p.Conns, p.Depth = 4, 4
	}
	if p.Duration == 0 {
		p.Duration = 300 * time.Millisecond
	}
	p.Threads = max(p.Threads, 1)
	return Measure(t.Context(), s, 1, tg, p)
}
