package trust

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// liar is a server with a map, which answers every so many-th GET wrongly.
type liar struct {
	l     net.Listener
	every int                             // 0: it never lies
	steps int                             // of needless work for each request
	wrong func(reply, last string) string // "" drops the reply; last is the GET's reply before

	mu    sync.Mutex
	store map[string]string
	gets  int
	last  string
	burnt uint64
}

// lies are wrong ways to answer and the kind of error that must be counted.
var lies = []struct {
	name, kind string
	wrong      func(reply, last string) string
}{
	{"a flipped byte", "wrong value", func(reply, _ string) string {
		b := []byte(reply)
		b[len(b)-3] ^= 1
		return string(b)
	}},
	{"a value cut short", "wrong value", func(string, string) string { return "$3\r\nabc\r\n" }},
	{"the reply to another request", "", func(_, last string) string { return last }},
	{"an error", "", func(string, string) string { return "-ERR no\r\n" }},
	{"another type", "", func(string, string) string { return ":1\r\n" }},
}

// lying has the bench measure a server that lies, and returns the errors and requests that were counted.
func lying(ctx context.Context, every int, wrong func(reply, last string) string) (map[string]int64, int64, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	s := &liar{l: listener, every: every, wrong: wrong, store: map[string]string{}}
	var all sync.WaitGroup
	all.Go(func() { s.accept(&all) })
	defer all.Wait()
	defer listener.Close() //nolint:errcheck // nothing is lost
	t := &sut.Target{URL: "a liar", Wire: &sut.Wire{Network: "tcp", Address: listener.Addr().String(), Dialect: sut.RESP{}}}
	r, err := load.Measure(ctx, workload.Spec{Keys: 100, Value: "64", Mix: "get=9,set=1"}, 1, t,
		load.Plan{Conns: 2, Depth: 4, Threads: 1, Count: 20_000, Duration: 10 * time.Second, MaxErrors: math.MaxInt64})
	if r == nil {
		return nil, 0, err
	}
	return r.Errors, r.Requests, err
}

func (s *liar) accept(all *sync.WaitGroup) {
	for {
		c, err := s.l.Accept()
		if err != nil {
			return
		}
		all.Go(func() {
			defer c.Close() //nolint:errcheck // nothing is lost
			in, out := bufio.NewReader(c), bufio.NewWriter(c)
			for {
				request, err := wire.ReadReply(in) // requests have the form of an array
				if err != nil {
					return
				}
				out.WriteString(s.answer(request.Texts())) //nolint:errcheck // Flush says it
				if in.Buffered() == 0 && out.Flush() != nil {
					return
				}
			}
		})
	}
}

func (s *liar) answer(args []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.burnt = burn(s.steps, s.burnt|1)
	switch strings.ToUpper(args[0]) {
	case "SET":
		s.store[args[1]] = args[2]
	case "GET":
		v, ok := s.store[args[1]]
		reply := fmt.Sprintf("$%d\r\n%s\r\n", len(v), v)
		if !ok {
			reply = "$-1\r\n"
		}
		s.gets++
		last := s.last
		s.last = reply
		if s.every > 0 && s.gets%s.every == 0 && last != "" && last != reply {
			return s.wrong(reply, last)
		}
		return reply
	}
	return "+OK\r\n"
}

// wrongAnswers makes the experiment.
func wrongAnswers(ctx context.Context, _ *Lab) (f Finding, err error) {
	f.Expected = "no error without a lie, and with each kind of lie errors, of the right kind where there is one"
	f.OK = true
	errs, n, err := lying(ctx, 0, nil)
	if err != nil {
		return f, err
	}
	if f.OK = len(errs) == 0; !f.OK {
		f.Saw = fmt.Sprintf("an honest server: %v; ", errs)
	}
	f.Saw += fmt.Sprintf("of %d requests: ", n)
	for _, lie := range lies {
		errs, _, err := lying(ctx, 500, lie.wrong)
		if err != nil && !errors.Is(err, load.ErrTooMany) && !errors.Is(err, load.ErrDied) {
			return f, err
		}
		found := int64(0)
		for kind, n := range errs {
			if lie.kind == "" || kind == lie.kind {
				found += n
			}
		}
		f.OK = f.OK && found > 0
		f.Saw += fmt.Sprintf("%s: %v; ", lie.name, errs)
	}
	return f, nil
}
