package load

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

func TestParsePause(t *testing.T) {
	for text, want := range map[string]Pause{"1:1ms": {Reads: 1, For: time.Millisecond}, "10ms:2ms": {Every: 10 * time.Millisecond, For: 2 * time.Millisecond}} {
		if p, err := ParsePause(text); err != nil || p != want || p.String() != text {
			t.Errorf("%s: %+v, %v", text, p, err)
		}
	}
	for _, text := range []string{"", "1", "1ms", "0:1ms", "-1:1ms", "1:0s", "1:-1ms", "x:1ms", "0s:1ms", "1:x"} {
		if p, err := ParsePause(text); err == nil || !strings.Contains(err.Error(), "pause") {
			t.Errorf("%q is taken for %+v: %v", text, p, err)
		}
	}
}

// Connections that wait go on in order, and each once.
func TestDelays(t *testing.T) {
	var d delays
	next, at := 0, int64(0)
	for i := range 1000 {
		d.push(i, int64(i))
		if i%3 == 2 {
			for at += 3; ; next++ {
				x, ok := d.pop(at - 1)
				if !ok {
					break
				}
				if x.id != next {
					t.Fatalf("%d goes on instead of %d", x.id, next)
				}
			}
		}
	}
	if next < 990 || cap(d.list) > 300 {
		t.Errorf("%d went on, room for %d", next, cap(d.list))
	}
}

// slowly measures GETs of 60,000 bytes with one connection.
func slowly(t *testing.T, plan Plan) (perSecond float64) {
	t.Helper()
	plan.Conns, plan.Depth, plan.Duration = 1, 4, 300*time.Millisecond
	r, err := measure(t, newFake(t).target(), workload.Spec{Keys: 20, Value: "60000", Mix: "get=1"}, plan)
	if err != nil || r.Requests == 0 {
		t.Errorf("%+v: %v, %+v", plan.Reader, err, r)
		return 0
	}
	return r.Throughput()
}

// How slowly readers read bounds what is answered, whatever the machine does meanwhile.
func TestSlowReaders(t *testing.T) {
	for _, c := range []struct {
		name string
		plan Plan
		most float64 // answers a second
	}{
		{"a pause of 5 ms after each read of 20,000 bytes", Plan{Reader: Reader{Size: 20_000, Pause: Pause{Reads: 1, For: 5 * time.Millisecond}}}, 1000. / 15 * 1.2},
		{"reading for a millisecond, pausing for 50", Plan{Reader: Reader{Size: 60_000, Pause: Pause{Every: 1, For: 50 * time.Millisecond}}}, 25},
		{"thinking for 50 ms", Plan{Reader: Reader{Think: 50 * time.Millisecond}}, 100},
	} {
		rate := slowly(t, c.plan)
		t.Logf("%s: %.0f/s", c.name, rate)
		if rate > c.most {
			t.Errorf("%s: %.0f/s, at most %.0f expected", c.name, rate, c.most)
		}
	}
	slowly(t, Plan{Reader: Reader{Size: 1000, Buffer: 8 << 10}})
}

// The receive buffer is set before connecting, so that the window that is agreed upon is small.
func TestReceiveBuffer(t *testing.T) {
	s := testkit.Serve(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	for _, size := range []int{0, 8 << 10} {
		fd, err := dial(t.Context(), &sut.Wire{Network: "tcp", Address: s.Address, Dialect: sut.RESP{}, ReceiveBuffer: size})
		if err != nil {
			t.Fatal(err)
		}
		got, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		closeSocket(fd)
		if err != nil || size > 0 && got != 2*size || size == 0 && got < 32<<10 { // the kernel doubles it
			t.Errorf("%d bytes were asked for, %d are there: %v", size, got, err)
		}
	}
}

// Batches read slowly too.
func TestBatchesOfSlowReaders(t *testing.T) {
	to := filled(t, 1000, 1)
	for _, r := range []Reader{{Size: 100}, {Buffer: 8 << 10}, {Size: 500, Pause: Pause{Reads: 1, For: 3 * time.Millisecond}}} {
		s := batches(t, to, 1000, "10", 1, Plan{Conns: 2, Depth: 64, Reader: r}, "get=1")
		got, err := s.Run(t.Context(), 0, nil)
		if err != nil || got.Requests == 0 || r.Pause.For > 0 && got.Throughput() > 2*64/0.006 {
			t.Errorf("%+v: %v, %+v", r, err, got)
		}
	}
}

// Each connection is used for as many requests as it may send, and no more.
func TestChurn(t *testing.T) {
	var opened, most atomic.Int64
	f := newFake(t)
	server := testkit.Serve(t, func(c net.Conn) {
		opened.Add(1)
		counted := &counting{Conn: c}
		f.serve(counted)
		most.Store(max(most.Load(), counted.requests.Load()))
	})
	for _, rate := range []float64{0, 5000} {
		tg := f.target()
		tg.Wire.Address = server.Address
		s := session(t, tg, workload.Spec{Keys: 100, NoFill: true}, Plan{Conns: 3, Depth: 4, Threads: 1, Rate: rate, Churn: 10, Count: 2000, Duration: time.Minute})
		opened.Store(0)
		r, err := s.Run(t.Context(), 0, nil)
		if err != nil || r.Requests != 2000 || r.ErrorCount() != 0 || r.Connects == nil || r.Connects.Count < 190 || opened.Load() < 200 || most.Load() > 10 {
			t.Errorf("rate %g: %v, %d answered, %d connections opened with up to %d requests, connects %+v, errors %v", rate, err, r.Requests, opened.Load(), most.Load(), r.Connects, r.Errors)
		}
	}
}

// counting counts the requests that arrive on a connection.
type counting struct {
	net.Conn
	requests atomic.Int64
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.requests.Add(int64(strings.Count(string(b[:n]), "\r\n*") + strings.Count(string(b[:min(n, 1)]), "*")))
	return n, err
}

// A herd's connections are opened together, and its requests are due together.
func TestHerd(t *testing.T) {
	const conns = 20
	s := session(t, newFake(t).target(), workload.Spec{Keys: 100, NoFill: true}, Plan{Conns: conns, Depth: 1, Threads: 2, Herd: true, Rate: 200, Duration: 500 * time.Millisecond})
	r, err := s.Run(t.Context(), 0, nil)
	if err != nil || r.Connects == nil || r.Connects.Count != conns || r.Requests < 60 {
		t.Fatalf("%v, %+v", err, r)
	}
	dues := map[int64]int{}
	for thread := range 2 {
		x := newPace(s, nil, thread, 2, phase{begin: 1})
		for range 100 {
			dues[x.next]++
			x.advance()
		}
	}
	for at, n := range dues {
		if at%int64(100*time.Millisecond) != 0 || n > conns {
			t.Errorf("%d requests are due at %v", n, time.Duration(at))
		}
	}
	if len(dues) > 11 {
		t.Errorf("200 requests of 20 connections are due at %d instants", len(dues))
	}
}
