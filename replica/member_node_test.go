package replica

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// memberNode is a member that runs over TCP, and does what a server does for it: it accepts connections, and lets clients
// write while the member admits writes.
type memberNode struct {
	t      testing.TB
	id     string
	m      *Member
	log    *Log
	cache  lru.Shards
	listen net.Listener

	gate   sync.RWMutex // held by writers; admit waits for them
	writes bool

	note atomic.Pointer[string] // the last one that the node was told of
}

func (n *memberNode) admit(a Admission) {
	n.gate.Lock()
	defer n.gate.Unlock()
	n.writes = a.Writes == WritesAllowed
}

// set writes as sessions do, and reports whether the write was allowed.
func (n *memberNode) set(key, value string) bool {
	n.gate.RLock()
	defer n.gate.RUnlock()
	if !n.writes {
		return false
	}
	if err := n.put(key, value); err != nil {
		n.t.Error(err)
		return false
	}
	return true
}

// put is set for a node that takes writes.
func (n *memberNode) put(key, value string) error {
	k := []byte(key)
	h := n.cache.Hash(k)
	s := n.cache.Lock(h)
	defer s.Unlock()
	if err := s.Put(h, k, []byte(value), 0, n.cache.Now()); err != nil {
		return err
	}
	n.log.Set(h, k, []byte(value), 0)
	return nil
}

// peerEnd is a Stream, or a Donor.
type peerEnd interface {
	run(in, out []byte) (used int, reply []byte, err error)
	More() bool
}

type streamEnd struct {
	*Stream
	now func() time.Duration
}

func (s streamEnd) run(in, out []byte) (int, []byte, error) {
	return s.Run(s.now(), in, out, 64<<10)
}

type donorEnd struct{ *Donor }

func (d donorEnd) run(in, out []byte) (int, []byte, error) { return d.Run(in, out, 64<<10) }

// serve serves a connection until it ends: the first request says what it is for.
func (n *memberNode) serve(conn net.Conn) {
	now := n.m.opts.Now
	var in []byte
	var end peerEnd
	buf := make([]byte, 64<<10)
	for {
		size, err := conn.Read(buf)
		if err != nil {
			if s, ok := end.(streamEnd); ok {
				s.Close(now())
			}
			return
		}
		in = append(in, buf[:size]...)
		if end == nil {
			args, whole, _, _ := new(wire.RESP).Next(in, 0, nil)
			if whole == 0 {
				continue
			}
			var words []string
			for _, a := range args[1:] {
				words = append(words, string(a.Of(in)))
			}
			in = in[whole:]
			var answer string
			switch words[0] {
			case "STREAM":
				var s *Stream
				s, answer, err = n.m.Open("peer", words[1:], func() { conn.Close() }) //nolint:errcheck // it ends
				end = streamEnd{s, now}
			case "TAKE":
				var d *Donor
				d, answer, err = n.m.Take("peer", words[1:])
				end = donorEnd{d}
			case "HANDOVER":
				ended := make(chan error, 1)
				n.m.HandOverAsked(words[1:], func(err error) { ended <- err })
				answer = "+OK\r\n"
				if err := <-ended; err != nil {
					answer = failure(err)
				}
				err = net.ErrClosed
			default:
				answer, err = n.m.Knock(words[1:])
				err = errors.Join(err, net.ErrClosed)
			}
			if _, failed := conn.Write([]byte(answer)); err != nil || failed != nil {
				return
			}
		}
		for again := true; again; again = end.More() {
			used, out, err := end.run(in, nil)
			if _, failed := conn.Write(out); err != nil || failed != nil {
				if s, ok := end.(streamEnd); ok {
					s.Close(now())
				}
				return
			}
			in = in[used:]
		}
	}
}

// memberGroup runs members of one group until the test ends.
func memberGroup(t *testing.T, ids ...string) []*memberNode {
	t.Helper()
	began := time.Now()
	clock := NewClock(func() time.Duration { return time.Since(began) })
	addresses := map[string]string{}
	var all []*memberNode
	for i, id := range ids {
		c, err := lru.New(lru.Options{MaxEntries: 100_000})
		if err != nil {
			t.Fatal(err)
		}
		n := &memberNode{t: t, id: id, cache: c.Shards()}
		if n.log, err = NewLog(1<<20, 2); err != nil {
			t.Fatal(err)
		}
		if n.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		addresses[id] = n.listen.Addr().String()
		n.m = NewMember(MemberOptions{ID: id, Store: NewCacheStore(c), Log: n.log, Now: clock.Now, Gaps: clock.Gaps,
			Wall: func() int64 { return time.Now().UnixMilli() }, Rand: rand.New(rand.NewPCG(uint64(i), 7)),
			Timing: Timing{Beat: 5 * time.Second, RecoverTimeout: 10 * time.Second}, Settle: 10 * time.Second, Admit: n.admit, Noted: n.noted, Logger: testLogger(t, id)})
		all = append(all, n)
	}
	dial := func(ctx context.Context, id string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addresses[id])
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, n := range all {
		testkit.ServeOn(t, n.listen, n.serve)
		running.Go(func() { n.m.Run(ctx, dial) })
	}
	t.Cleanup(func() {
		stop()
		running.Wait()
		for _, n := range all {
			if err := n.m.Lead(0, "g", nil); !errors.Is(err, ErrStopped) {
				t.Errorf("a member that has stopped leads: %v", err)
			}
		}
	})
	return all
}

// holds returns everything that a node holds.
func (n *memberNode) holds() map[string]string {
	all := map[string]string{}
	for cursor := uint64(0); ; {
		cursor = n.cache.Scan(cursor, 1000, n.cache.Now(), func(s lru.Reader, e lru.Entry, key []byte) {
			all[string(key)] = string(s.AppendValue(nil, e))
		})
		if cursor == 0 {
			return all
		}
	}
}

// testLogger shows what a member logs when its test fails.
func testLogger(t *testing.T, id string) *zap.Logger {
	return zaptest.NewLogger(t, zaptest.WrapOptions(zap.Fields(zap.String("at", id))))
}
