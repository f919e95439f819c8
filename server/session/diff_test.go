package session_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/redistest"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
)

var (
	diffSeed     = flag.Uint64("diff.seed", 0, "seed of the comparison with redis-server; 0: random")
	diffCommands = flag.Int("diff.commands", 220_000, "commands of the comparison with redis-server")
)

// TestDifferential sends the same random commands to a redis-server and to a
// node's sessions. All replies must be equal, except for the deliberate differences
// in package command.
func TestDifferential(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t, "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru")
	seed := *diffSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d, redis-server %s", seed, redis.Version)
	g := newGenerator(seed)
	commands := *diffCommands
	if testkit.Race {
		commands /= 5 // more of them would find no further races
	}
	p := newPair(t, redis, g.start)
	for p.sent < commands && !t.Failed() {
		p.batch(g)
	}
	t.Logf("%d commands compared in %d batches, %d errors and %d nulls among the replies, %d transactions", p.sent, p.batches, p.errors, p.nulls, p.executed)
	if p.executed < p.sent/1000 && !t.Failed() {
		t.Errorf("only %d transactions were executed", p.executed)
	}
	p.checkDifferences()
}

// step is one command to both.
type step struct {
	args   []string
	silent bool // has no reply
	inline bool // sent as a line
}

func (s step) String() string { return fmt.Sprintf("%.200q", s.args) }

// pair is a redis-server and a node that receive the same commands, over a few
// connections each, one at a time.
type pair struct {
	t       *testing.T
	redis   *redistest.Server
	node    *session.Node
	loop    *session.Loop
	conns   []*pairConn
	judge   *judge
	history []step
	sent    int
	batches int
	errors  int
	nulls   int

	queue    [][]string // commands of the current transaction
	executed int        // transactions
}

type pairConn struct {
	redis *redistest.Conn
	node  *session.Session
}

func newPair(t *testing.T, redis *redistest.Server, start int64) *pair {
	store, err := lru.New(lru.Options{MaxMemory: 256 << 20, Shards: 1, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Shards().Check(); err != nil {
			t.Errorf("the store is broken: %v", err)
		}
		store.Close()
	})
	p := &pair{t: t, redis: redis, judge: newJudge(start)}
	p.node = session.NewNode(session.Options{Commands: session.AllCommands, Dialects: session.AllDialects, Store: store, AllowDebug: true, Settings: &fakeSettings{clients: 10000, level: "info"}})
	p.loop = p.node.NewLoop()
	for range 3 {
		p.conns = append(p.conns, &pairConn{})
	}
	return p
}

// open replaces the connection by a new one.
func (p *pair) open(c *pairConn) {
	if c.redis != nil {
		c.redis.Close()
		c.node.Close()
	}
	c.redis = p.redis.Dial(p.t)
	c.node = p.session()
}

// batch sends a few commands to both and compares the replies.
func (p *pair) batch(g *generator) {
	c := p.conns[g.r.IntN(len(p.conns))]
	if c.redis != nil && c.node.Closing() {
		if _, err := c.redis.Exchange(nil, 1); err != io.EOF {
			p.t.Errorf("the node has closed a connection, redis-server has not: %v", err)
		}
		p.open(c)
	}
	if c.redis == nil || g.r.IntN(30) == 0 {
		p.open(c)
	}
	steps := g.batch()
	in, replies := encode(steps)
	began := time.Now()
	want, err := c.redis.Exchange(in, replies)
	if err != nil {
		p.t.Fatalf("redis-server: %v after %d of %d replies", err, len(want), replies)
	}
	got, err := p.feed(g.r, c.node, in)
	p.judge.tolerance = max(p.judge.tolerance, time.Since(began).Milliseconds()+1)
	if err != nil {
		p.t.Fatalf("the node's reply is malformed: %v, after %d replies", err, len(got))
	}
	p.compare(steps, got, want)
	p.sent += len(steps)
	p.batches++
	if g.brief {
		time.Sleep(briefTime + 10*time.Millisecond)
	}
}

// encode encodes the steps and returns the number of their replies. The first is
// an array, so that the connection speaks RESP.
func encode(steps []step) (in []byte, replies int) {
	for i, s := range steps {
		if s.inline && i > 0 {
			in = appendInline(in, s.args)
		} else {
			in = wire.Request(in, s.args...)
		}
		if !s.silent {
			replies++
		}
	}
	return in, replies
}

// session opens another connection to the node.
func (p *pair) session() *session.Session {
	return p.node.NewSession(session.ConnInfo{Remote: "10.0.0.1:1", Local: "10.0.0.2:2"})
}

// run runs the session over the input, cut at random offsets.
func (p *pair) run(r *rand.Rand, s *session.Session, in []byte) (out []byte) {
	from := 0 // offset of the input that the session has not consumed
	for to := 0; to < len(in) && !s.Closing(); {
		to = min(len(in), to+1+r.IntN(8192))
		for {
			var used int
			used, out = s.Run(p.loop, in[from:to:to], out, len(out)+r.IntN(1<<16))
			from += used
			if s.Closing() || !s.More() && (used == 0 || from == to) {
				break
			}
		}
	}
	return out
}

// feed is run with decoded replies.
func (p *pair) feed(r *rand.Rand, s *session.Session, in []byte) (all []wire.Reply, err error) {
	br := bufio.NewReader(bytes.NewReader(p.run(r, s, in)))
	for {
		if _, err := br.Peek(1); err != nil {
			return all, nil
		}
		one, err := wire.ReadReply(br)
		if err != nil {
			return all, err
		}
		all = append(all, one)
	}
}

func (p *pair) compare(steps []step, got, want []wire.Reply) {
	i := 0
	for _, s := range steps {
		p.history = append(p.history, s)
		if s.silent {
			continue
		}
		if i >= len(got) {
			p.t.Errorf("no reply to %v, redis-server replies %v\n%s", s, want[i], p.before(s))
			return
		}
		if want[i].Kind == '-' {
			p.errors++
		} else if want[i].Null {
			p.nulls++
		}
		why, exec := p.inTransaction(s, got[i], want[i])
		if !exec {
			why = p.judge.compare(s.args, got[i], want[i])
		}
		if why != "" {
			p.t.Errorf("%v is answered\n\t%v, redis-server answers\n\t%v: %s\n%s", s, got[i], want[i], why, p.before(s))
			return
		}
		i++
	}
	if i != len(got) {
		p.t.Errorf("%d replies too many: %v", len(got)-i, got[i])
	}
	p.history = p.history[max(0, len(p.history)-5_000):]
}

// before shows the latest commands that have an argument in common with s, which
// is the last of the history.
func (p *pair) before(s step) string {
	var lines []string
	for _, h := range slices.Backward(p.history[:len(p.history)-1]) {
		if len(s.args) > 1 && len(h.args) > 1 && slices.ContainsFunc(s.args[1:], func(a string) bool { return a != "" && slices.Contains(h.args[1:], a) }) {
			lines = append(lines, "\t\t"+h.String())
		}
		if len(lines) == 15 {
			break
		}
	}
	slices.Reverse(lines)
	return "\tafter\n" + strings.Join(lines, "\n")
}

// fakeSettings store the values of CONFIG SET.
type fakeSettings struct {
	keepAlive time.Duration
	buffers   int64
	clients   int
	idle      time.Duration
	level     string
}

func (f *fakeSettings) MaxConnections() int            { return f.clients }
func (f *fakeSettings) IdleTimeout() time.Duration     { return f.idle }
func (f *fakeSettings) LogLevel() string               { return f.level }
func (f *fakeSettings) SetMaxConnections(n int)        { f.clients = n }
func (f *fakeSettings) SetIdleTimeout(d time.Duration) { f.idle = d }
func (f *fakeSettings) KeepAlive() time.Duration       { return f.keepAlive }
func (f *fakeSettings) SetKeepAlive(d time.Duration)   { f.keepAlive = d }
func (f *fakeSettings) ClientBuffers() int64           { return f.buffers }
func (f *fakeSettings) SetClientBuffers(n int64)       { f.buffers = n }
func (f *fakeSettings) SetLogLevel(level string) error { f.level = level; return nil }
