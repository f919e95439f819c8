package load

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/certs/certstest"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// batches returns a session of batches on a node.
func batches(t *testing.T, to *sut.Wire, keys uint64, value string, seed uint64, p Plan, mix string) *Session {
	t.Helper()
	w, err := workload.Compile(workload.Spec{Keys: keys, Value: value, Mix: mix}, seed)
	if err != nil {
		t.Fatal(err)
	}
	p.Threads, p.Batch, p.Warmup, p.Duration = 1, true, 20*time.Millisecond, 50*time.Millisecond
	s, err := NewSession(w, &sut.Target{Wire: to, PID: os.Getpid()}, p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// filled starts a node that holds the keys of a seed with values of 10 bytes.
func filled(t *testing.T, keys, seed uint64) *sut.Wire {
	t.Helper()
	to := &sut.Wire{Network: "tcp", Address: servertest.Start(t).Direct, Dialect: sut.RESP{}}
	if err := batches(t, to, keys, "10", seed, Plan{Conns: 2, Depth: 8}, "get=1").Fill(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestBatchesOnNode(t *testing.T) {
	to := filled(t, 1000, 1)
	for _, c := range []struct {
		conns, depth int
		mix          string
	}{{1, 1, "get=1"}, {5, 1, "get=1"}, {3, 64, "get=90,set=10"}, {3, 64, "set=1"}} {
		s := batches(t, to, 1000, "10", 1, Plan{Conns: c.conns, Depth: c.depth}, c.mix)
		for round := range 2 {
			if r, err := s.Run(context.Background(), round, nil); err != nil || r.Requests < int64(c.conns*c.depth) || r.ServerCPU <= 0 || r.Latency.Count == 0 {
				t.Errorf("%+v: %v, %+v", c, err, r)
			}
		}
	}
}

// A server that does not count its requests is measured by the replies that arrived while it was.
func TestBatchesWithoutCounters(t *testing.T) {
	f := newFake(t)
	s := batches(t, f.target().Wire, 10, "10", 1, Plan{Conns: 3, Depth: 5}, "get=1")
	if err := s.Fill(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	measuring, asked := false, int64(0) // from the first request for counters on
	f.set(func(_ int, args []string) {
		if args[0] == "INFO" {
			measuring = true
		} else if args[0] == "GET" && measuring {
			asked++
		}
	}, nil)
	r, err := s.Run(context.Background(), 0, nil)
	f.locked(func() {
		if err != nil || r.Requests == 0 || r.Requests != asked || r.ServerReads != 0 {
			t.Errorf("%v; %d requests were made, the round has %+v", err, asked, r)
		}
	})
}

// Large replies are dropped in the kernel.
func TestLargeBatchesOnNode(t *testing.T) {
	to := &sut.Wire{Network: "tcp", Address: servertest.Start(t).Direct, Dialect: sut.RESP{}}
	s := batches(t, to, 20, "60000", 1, Plan{Conns: 2, Depth: 4}, "get=50,set=50")
	if err := s.Fill(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Run(context.Background(), 0, nil); err != nil || r.Requests == 0 {
		t.Errorf("%v, %+v", err, r)
	}
}

// An unexpected reply must not pass: neither a miss nor another value.
func TestBatchesNoticeWrongReplies(t *testing.T) {
	to := filled(t, 10, 1)
	other, err := workload.Compile(workload.Spec{Keys: 10, Value: "10"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for key := range uint64(10) {
		values = append(values, string(other.Values.Append(nil, key, 0, 10)))
	}
	for _, c := range []struct {
		keys uint64
		want []string // one of which is expected
	}{{1 << 30, []string{"$-1"}}, {10, values}} {
		s := batches(t, to, c.keys, "11", 1, Plan{Conns: 1, Depth: 2}, "get=1")
		_, err := s.Run(context.Background(), 0, nil)
		if err == nil || !slices.ContainsFunc(c.want, func(v string) bool { return strings.Contains(err.Error(), v) }) {
			t.Errorf("%v, want one that contains one of %q", err, c.want)
		}
	}
}

// TestBlockingBatches loads a node without TLS and with it, and notices a wrong reply.
func TestBlockingBatches(t *testing.T) {
	to := filled(t, 1000, 1)
	secured := &sut.Wire{Network: "tcp", Address: tlsBefore(t, to.Address), Dialect: sut.RESP{}, TLS: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // it is a test's
	for name, w := range map[string]*sut.Wire{"plain": to, "secured": secured} {
		p := Plan{Conns: 3, Depth: 16, Blocking: true}
		if r, err := batches(t, w, 1000, "10", 1, p, "get=90,set=10").Run(context.Background(), 0, nil); err != nil || r.Requests == 0 {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := batches(t, w, 1000, "11", 1, p, "get=1").Run(context.Background(), 0, nil); err == nil || !strings.Contains(err.Error(), "instead of") {
			t.Errorf("%s: a wrong reply passed: %v", name, err)
		}
	}
}

// tlsBefore starts a TLS listener that forwards connections to address.
func tlsBefore(t *testing.T, address string) string {
	t.Helper()
	folder := t.TempDir()
	cert, key := certstest.New(t, folder).Issue(t, folder, "node")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	return testkit.ServeOn(t, l, func(in net.Conn) {
		out, err := net.Dial("tcp", address)
		if err != nil {
			return // the test sees it
		}
		go func() { _, _ = io.Copy(out, in); out.Close() }() //nolint:errcheck // it is a test's
		_, _ = io.Copy(in, out)
	}).Address
}

func TestConnectionsDrawOnTheirOwn(t *testing.T) {
	to := &sut.Wire{Dialect: sut.RESP{}}
	s := batches(t, to, 1<<39, "10", 7, Plan{Conns: 2, Depth: 1}, "get=1")
	a, b := s.newBatch(0, phase{}), s.newBatch(1, phase{})
	same := 0
	for range 1000 {
		a.next(false)
		b.next(false)
		if a.req.Key == b.req.Key {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d of 1000 keys are the same on two connections", same)
	}
}
