package load

import (
	"bytes"
	"context"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// mirror is the other end of a connection. It answers every request at once, on the requesting thread, so that only the
// generator's allocations are counted.
type mirror struct {
	fd      int
	w       *workload.Workload
	dialect sut.Dialect
	in, out []byte
	value   []byte
	sets    [100][]byte // the stored value of each key
}

func (m *mirror) turn(t *testing.T) {
	n, _, err := rawRead(m.fd, m.in)
	if err != nil {
		t.Fatal(err)
	}
	m.out = m.out[:0]
	for b := m.in[:n]; len(b) > 0; {
		b = m.answer(b)
	}
	for b := m.out; len(b) > 0; {
		n, _, err := rawWrite(m.fd, b)
		if err != nil {
			t.Fatal(err)
		}
		b = b[n:]
	}
}

// answer takes one request off b. Keys end in 12 digits and are 16 bytes, values 32.
func (m *mirror) answer(b []byte) (rest []byte) {
	number := func(key []byte) (n int) {
		for _, c := range key[4:16] {
			n = n*10 + int(c-'0')
		}
		return n
	}
	get := func(key []byte) []byte {
		if v := m.sets[number(key)]; len(v) > 0 {
			return v
		}
		m.value = m.w.Values.Append(m.value[:0], uint64(number(key)), 0, 32)
		return m.value
	}
	switch m.dialect.(type) {
	case sut.Line:
		m.out = append(append(m.out, get(b[len("GET "):])...), '\n')
		return b[bytes.IndexByte(b, '\n')+1:]
	case sut.Memcached:
		key := b[len("get ") : len("get ")+16]
		m.out = append(append(append(m.out, "VALUE "...), key...), " 0 32\r\n"...)
		m.out = append(append(m.out, get(key)...), "\r\nEND\r\n"...)
		return b[bytes.IndexByte(b, '\n')+1:]
	}
	const head = len("*2\r\n$3\r\nGET\r\n$16\r\n")
	key := b[head:]
	if b[1] == '2' {
		m.out = append(append(append(m.out, "$32\r\n"...), get(key)...), '\r', '\n')
		return b[head+18:]
	}
	m.out = append(m.out, "+OK\r\n"...)
	m.sets[number(key)] = append(m.sets[number(key)][:0], key[18+5:18+5+32]...)
	return key[18+5+34:]
}

func TestNoAllocationsARequest(t *testing.T) {
	for _, c := range []struct {
		name    string
		dialect sut.Dialect
		mix     string
		rate    float64
	}{
		{"RESP", sut.RESP{}, "get=1", 0},
		{"RESP with sets", sut.RESP{}, "get=1,set=1", 0},
		{"RESP, open loop", sut.RESP{}, "get=1,set=1", 1e6},
		{"line", sut.Line{}, "get=1", 0},
		{"memcached", sut.Memcached{}, "get=1", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(fds[1])
			w := compile(t, workload.Spec{Keys: 100, Mix: c.mix})
			tg := &sut.Target{Wire: &sut.Wire{Dialect: c.dialect}}
			sess, err := NewSession(w, tg, Plan{Conns: 1, Depth: 16, Threads: 1, Duration: 1e12, Rate: c.rate})
			if err != nil {
				t.Fatal(err)
			}
			p := phase{start: 0, end: 1 << 60}
			// The thread gets its connection from outside, so that dialling is not counted.
			sess.plan.Conns = 0
			full := make(chan *cell, 16)
			th, err := newThread(context.Background(), sess, 0, 1, p, newRecorder(0, 1e15, full))
			if err != nil {
				t.Fatal(err)
			}
			sess.plan.Conns = 1
			th.phase, th.left = p, 1<<60
			th.pace = newPace(sess, th.sequence, 0, 1, p)
			one := newConn(0, fds[0], 16, 1)
			th.conns, th.alive = []*conn{one}, 1
			if err := th.poll.add(fds[0], 0); err != nil {
				t.Fatal(err)
			}
			defer th.close()
			m := &mirror{fd: fds[1], w: w, dialect: c.dialect, in: make([]byte, 64<<10), out: make([]byte, 0, 64<<10)}
			th.now = sess.clock()
			th.begin()
			step := func() {
				m.turn(t)
				th.turn()
			}
			for range 100 {
				step()
			}
			before := th.rec.requests
			allocs := testing.AllocsPerRun(500, step)
			n := th.rec.requests - before
			if allocs != 0 || n < 500 || th.rec.errorCount() != 0 {
				t.Errorf("%v allocations for about %d requests, %d errors: %s", allocs, n/500, th.rec.errorCount(), sess.example)
			}
		})
	}
}
