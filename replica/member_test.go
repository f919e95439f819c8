package replica

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

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
	k := []byte(key)
	h := n.cache.Hash(k)
	s := n.cache.Lock(h)
	defer s.Unlock()
	if err := s.Put(h, k, []byte(value), 0, n.cache.Now()); err != nil {
		n.t.Error(err)
		return false
	}
	n.log.Set(h, k, []byte(value), 0)
	return true
}

// serve accepts connections of other members.
func (n *memberNode) serve() {
	for {
		conn, err := n.listen.Accept()
		if err != nil {
			return
		}
		go n.serveOne(conn)
	}
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

// serveOne serves a connection until it ends: the first request says what it is for.
func (n *memberNode) serveOne(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // done with it
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
			Timing: Timing{Beat: 5 * time.Second, RecoverTimeout: 10 * time.Second}, Settle: 10 * time.Second, Admit: n.admit, Logger: testLogger(t, id)})
		all = append(all, n)
	}
	dial := func(ctx context.Context, id string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addresses[id])
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { clock.Run(ctx) })
	for _, n := range all {
		go n.serve()
		running.Go(func() { n.m.Run(ctx, dial) })
	}
	t.Cleanup(func() {
		stop()
		running.Wait()
		for _, n := range all {
			n.listen.Close() //nolint:errcheck // the test is over
			if err := n.m.Lead(0, "g", nil); !errors.Is(err, ErrStopped) {
				t.Errorf("a member that has stopped leads: %v", err)
			}
		}
	})
	return all
}

const memberPatience = 30 * time.Second

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(memberPatience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s after %v", what, memberPatience)
		}
	}
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

// TestMemberHandsOver moves the lead around a group of three over TCP while clients write. No acknowledged write is lost.
func TestMemberHandsOver(t *testing.T) {
	nodes := memberGroup(t, "na", "nb", "nc")
	ids := []string{"na", "nb", "nc"}
	others := func(i int) []string { return []string{ids[(i+1)%3], ids[(i+2)%3]} }
	lead := func(i int) {
		t.Helper()
		if err := nodes[i].m.Lead(0, "g", others(i)); err != nil {
			t.Fatal(err)
		}
	}
	follow := func(i, of int) {
		t.Helper()
		if err := nodes[i].m.Follow(0, "g", ids[of], ids); err != nil {
			t.Fatal(err)
		}
	}
	follow(1, 0)
	follow(2, 0)
	lead(0)
	var stop atomic.Bool
	var written atomic.Int64
	var writers sync.WaitGroup
	acked := make([]map[string]string, 2)
	for w := range acked {
		acked[w] = map[string]string{}
		writers.Go(func() {
			for n := 0; !stop.Load(); n++ {
				key, value := fmt.Sprint("w", w, ":", n%200), fmt.Sprint(n)
				for _, node := range nodes {
					if node.set(key, value) {
						acked[w][key] = value
						written.Add(1)
						break
					}
				}
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
	for now := range 6 {
		from, to := now%3, (now+1)%3
		p, _ := nodes[from].m.Part()
		eventually(t, "group in step", func() bool { return p.Acked(0) == 2 })
		before := written.Load()
		eventually(t, "writes", func() bool { return written.Load() > before+200 })
		follow(from, to)
		eventually(t, "secondary", func() bool { return !nodes[from].m.Leads() })
		lead(to)
		follow((to+1)%3, to)
		if !nodes[to].m.Serves() {
			t.Error("a member in step that leads does not serve at once")
		}
	}
	stop.Store(true)
	writers.Wait()
	p, _ := nodes[0].m.Part()
	eventually(t, "group in step", func() bool { return p.Acked(p.Offset()) == 2 })
	wantHeld(t, nodes, acked)
	if len(acked[0]) < 100 {
		t.Errorf("only %d keys were written", len(acked[0]))
	}
	if full := p.Status(0).Counts.FullSyncs; full > 2 {
		t.Errorf("%d full syncs by the first primary, 2 are needed", full)
	}
}

// wantHeld fails unless every node holds every acknowledged write.
func wantHeld(t *testing.T, nodes []*memberNode, acked []map[string]string) {
	t.Helper()
	for _, n := range nodes {
		got := n.holds()
		for _, m := range acked {
			for k, v := range m {
				if got[k] != v {
					t.Fatalf("%s has %s=%s, %s was acknowledged", n.id, k, got[k], v)
				}
			}
		}
	}
}

// TestMemberHammered calls Lead and Follow from several goroutines at once, while clients write, wait and read the status.
// It must not deadlock, and in the end all members must be in step.
func TestMemberHammered(t *testing.T) {
	nodes := memberGroup(t, "na", "nb")
	ids := []string{"na", "nb"}
	var stop atomic.Bool
	var busy sync.WaitGroup
	for i, n := range nodes {
		for caller := range 2 {
			busy.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), uint64(caller)))
				for !stop.Load() {
					var err error
					if r.IntN(2) == 0 {
						err = n.m.Lead(0, "g", []string{ids[1-i]})
					} else {
						err = n.m.Follow(0, "g", ids[1-i], ids)
					}
					if err != nil && !errors.Is(err, ErrRecovering) {
						t.Error(err)
					}
					time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
				}
			})
		}
		busy.Go(func() { writeWaitLook(n, &stop) })
	}
	time.Sleep(2 * time.Second)
	stop.Store(true)
	busy.Wait()
	if err := nodes[1].m.Follow(0, "g", "na", ids); err != nil {
		t.Fatal(err)
	}
	if err := nodes[0].m.Lead(0, "g", []string{"nb"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "leader that takes writes", func() bool { return nodes[0].set("last", "1") })
	p, _ := nodes[0].m.Part()
	eventually(t, "group in step", func() bool { return p.Acked(p.Offset()) == 1 })
	want, got := nodes[0].holds(), nodes[1].holds()
	if len(want) != len(got) {
		t.Errorf("%d and %d keys", len(want), len(got))
	}
	for k, v := range want {
		if got[k] != v {
			t.Fatalf("%s differs: %d and %d bytes", k, len(v), len(got[k]))
		}
	}
}

// writeWaitLook writes to n, waits for acks of some writes and reads its status, until stop is set.
func writeWaitLook(n *memberNode, stop *atomic.Bool) {
	for at := 0; !stop.Load(); at++ {
		n.set(fmt.Sprint("k", at%100), strings.Repeat("v", at%2000))
		if at%64 == 0 {
			done := make(chan struct{}, 1)
			term, offset := n.m.Mark()
			cancel := n.m.Wait(term, offset, 1, func() {
				select {
				case done <- struct{}{}:
				default:
				}
			})
			select {
			case <-done:
			case <-time.After(5 * time.Millisecond):
			}
			cancel()
			n.m.Acked(term, offset)
		}
		if p, s := n.m.Part(); p != nil {
			p.Status(0)
		} else if s != nil {
			s.Status(0)
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// TestWaitEndsWithTerm checks that waiters are called when the member stops leading, and learn that the term is over.
func TestWaitEndsWithTerm(t *testing.T) {
	n := memberGroup(t, "na", "nb")[0]
	if err := n.m.Lead(0, "g", nil); err != nil { // nobody to hand over to
		t.Fatal(err)
	}
	term, offset := n.m.Mark()
	over := make(chan bool, 1)
	n.m.Wait(term, offset, 1, func() {
		_, ok := n.m.Acked(term, offset)
		over <- !ok
	})
	if err := n.m.Follow(0, "g", "nb", []string{"na", "nb"}); err != nil {
		t.Fatal(err)
	}
	select {
	case yes := <-over:
		if !yes {
			t.Error("when the waiter is called the term seems to go on, so it would wait for ever")
		}
	case <-time.After(memberPatience):
		t.Fatal("the waiter was not called")
	}
	called := false
	n.m.Wait(term, offset, 1, func() { called = true })
	if !called {
		t.Error("a waiter for a term that is over is not called")
	}
}

// testLogger shows what a member logs when its test fails.
func testLogger(t *testing.T, id string) *zap.Logger {
	return zaptest.NewLogger(t, zaptest.WrapOptions(zap.Fields(zap.String("at", id))))
}
