package agent

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// toy is a server that knows GET, SET and what a target is asked when it is opened. It counts.
type toy struct {
	*testkit.Server
	mu         sync.Mutex
	store      map[string]string
	gets, sets atomic.Int64
	at         func(gets int64) // called for each GET
}

func newToy(t *testing.T) *toy {
	s := &toy{store: map[string]string{}}
	s.Server = testkit.Serve(t, s.serve)
	return s
}

func (s *toy) url() string { return "redis://" + s.Address }

func (s *toy) serve(c net.Conn) {
	in, out := bufio.NewReader(c), bufio.NewWriter(c)
	for {
		q, err := wire.ReadReply(in)
		if err != nil {
			return
		}
		out.WriteString(s.do(q.Texts())) //nolint:errcheck // Flush tells
		if in.Buffered() == 0 && out.Flush() != nil || q.Texts()[0] == "QUIT" {
			return
		}
	}
}

func (s *toy) do(args []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch args[0] {
	case "GET":
		n := s.gets.Add(1)
		if s.at != nil {
			s.at(n)
		}
		if v, ok := s.store[args[1]]; ok {
			return fmt.Sprintf("$%d\r\n%s\r\n", len(v), v)
		}
		return "$-1\r\n"
	case "SET":
		s.sets.Add(1)
		s.store[args[1]] = args[2]
		return "+OK\r\n"
	case "DBSIZE":
		return fmt.Sprintf(":%d\r\n", len(s.store))
	case "INFO":
		return "$16\r\nevicted_keys:0\r\n\r\n"
	case "PING":
		return "+PONG\r\n"
	}
	return "+OK\r\n"
}

// started is an agent that serves in this process.
type started struct {
	*Agent
	address string
	kill    func() // ends it and its connections, and waits for that
}

// start starts an agent. It ends with the test.
func start(t *testing.T, a *Agent) *started {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if a.Schemes == nil {
		a.Schemes = sut.Builtin()
	}
	if a.Patience == 0 {
		a.Patience = patience
	}
	if a.Log == nil {
		a.Log = t.Logf
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx, l) }()
	s := &started{Agent: a, address: l.Addr().String()}
	s.kill = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("agent: %v", err)
			}
		case <-time.After(2 * patience):
			t.Error("the agent did not end")
		}
	})
	t.Cleanup(s.kill)
	return s
}

// patience is what is never used up on a machine that is only busy.
const patience = 30 * time.Second
