package session

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// arriving runs a session as a server does: it keeps the unused bytes and passes them again, followed by the
// next ones.
type arriving struct {
	f     *fixture
	s     *Session
	limit int // of the replies of a call
	kept  []byte
	out   []byte
	most  int // the most bytes kept between two calls
}

func (f *fixture) arriving(limit int) *arriving {
	return &arriving{f: f, s: f.n.NewSession(ConnInfo{}), limit: limit}
}

func (a *arriving) arrive(part []byte) {
	a.kept = append(a.kept, part...)
	for !a.s.Closing() {
		used, out := a.s.Run(a.f.l, a.kept, a.out, a.limit)
		if used < 0 || used > len(a.kept) || len(out) < len(a.out) {
			a.f.t.Fatalf("%d of %d bytes used, %d bytes of replies after %d", used, len(a.kept), len(out), len(a.out))
		}
		stuck := used == 0 && len(out) == len(a.out)
		if a.out = out; used > 0 { // otherwise a long request that arrives byte by byte would be copied each time
			a.kept = append(a.kept[:0], a.kept[used:]...)
		}
		if !a.s.More() {
			break
		}
		if stuck && a.s.walk == nil {
			a.f.t.Fatalf("More without end after %.100q", a.out)
		}
	}
	a.most = max(a.most, len(a.kept))
}

// cut runs the input in pieces whose sizes repeat, and returns the replies.
func (f *fixture) cut(in string, limit int, sizes ...int) string {
	a := f.arriving(limit)
	for i := 0; len(in) > 0; i++ {
		n := min(sizes[i%len(sizes)], len(in))
		a.arrive([]byte(in[:n]))
		in = in[n:]
	}
	a.s.Close()
	return string(a.out)
}

// conversation is requests of every kind. It leaves the store empty, so that it can be repeated.
var conversation = strings.Join([]string{
	"PING", "SET a 1", "SET b  two words \r", "GET a", "GET b\r", "GET none", "KEYS extra", "SETEX c 100 x y", "TTL c",
	"EXPIRE a 50", "TTL a", "TTL b", "SETNX a 2", "INCR n", "DECR n", "EXISTS a", "MGET a none b", "", "\r", "get a",
	"FOO\x00 bar", "SET", "SET k", "SET  v", "GET ", "SETEX k 0 v", "SETEX k x v", "SET big " + strings.Repeat("b", 65533),
	"SET big " + strings.Repeat("b", 65534), "GET big", "SET big " + strings.Repeat("b", 70_000),
	"FOO " + strings.Repeat("b", 70_000), "PING " + strings.Repeat("b", 70_000), "DELETE a", "DELETE a", "FLUSH", "KEYS", "EXIT", "PING",
}, "\n") + "\n"

// TestCutAnywhere runs the conversation whole, cut in two at every byte of its shorter part, and in pieces
// down to single bytes, with different limits: the replies must be the same.
func TestCutAnywhere(t *testing.T) {
	f := newFixture(t, lru.Options{})
	want := f.cut(conversation, 1<<20, len(conversation))
	// A line each, three for MGET, and none after EXIT.
	if n := strings.Count(want, "\n"); n != strings.Count(conversation, "\n")-1+2 || !strings.HasSuffix(want, "\nNo keys found\nGoodbye!\n") {
		t.Fatalf("%d lines: %.300q", n, want)
	}
	short := strings.Index(conversation, "SET big")
	head := conversation[:short] + "FLUSH\n"
	wantHead := f.cut(head, 1<<20, len(head))
	for i := range head {
		if got := f.cut(head, 1<<20, i+1, len(head)); got != wantHead {
			t.Fatalf("cut after %d bytes:\n%q\nwant\n%q", i+1, got, wantHead)
		}
	}
	for _, sizes := range [][]int{{1}, {2}, {3, 1}, {7, 1000}, {65536}, {65537, 1}} {
		for _, limit := range []int{1, 100, 1 << 20} {
			if got := f.cut(conversation, limit, sizes...); got != want {
				t.Fatalf("in pieces of %v, limit %d:\n%.500q\nwant\n%.500q", sizes, limit, got, want)
			}
			if sizes[0] == 1 {
				break // slow: every byte is passed again until its line ends
			}
		}
	}
}

// TestHalfLine checks that no more than a request's bytes are kept of an incomplete line, and none of a line
// that is too long.
func TestHalfLine(t *testing.T) {
	f := newFixture(t, lru.Options{})
	a := f.arriving(1 << 20)
	piece := []byte(strings.Repeat("v", 1000))
	a.arrive([]byte("SET k "))
	for range 10_000 {
		a.arrive(piece)
	}
	if most := 65536 + 2000; a.most > most || len(a.kept) != 0 {
		t.Errorf("%d bytes were kept, at last %d", a.most, len(a.kept))
	}
	a.arrive([]byte("\nPING\n"))
	if want := "ERROR: Key and value are 10000001 bytes, the limit is 65536\nPONG\n"; string(a.out) != want {
		t.Errorf("answered %q, want %q", a.out, want)
	}
}

// TestEightGigabytes sends a line of 8 GB in parts, as a socket would. It must be dropped as it arrives and
// answered once.
func TestEightGigabytes(t *testing.T) {
	f := newFixture(t, lru.Options{})
	s := f.s
	run := func(in []byte) string {
		used, out := s.Run(f.l, in, nil, 1<<20)
		if used != len(in) {
			t.Fatalf("%d of %d bytes used", used, len(in))
		}
		return string(out)
	}
	chunk := []byte(strings.Repeat("v", 512<<10))
	const chunks = 16 << 10
	first := append([]byte("SET key "), chunk...)
	// In a single run, allocations of the garbage collector itself would count.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	if allocs := testing.AllocsPerRun(1, func() {
		if got := run(first); got != "" {
			t.Fatalf("answered %q", got)
		}
		for range chunks/2 - 1 { // AllocsPerRun runs this twice
			if got := run(chunk); got != "" {
				t.Fatalf("answered %q", got)
			}
		}
		first = chunk
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
	if got, want := run([]byte("\r\n")), "ERROR: Key and value are 8589934595 bytes, the limit is 65536\n"; got != want {
		t.Errorf("answered %q, want %q", got, want)
	}
	if got := run([]byte("SET key v\nGET key\n")); got != "OK\nv\n" {
		t.Errorf("the next are answered %q", got)
	}
}
