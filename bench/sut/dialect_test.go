package sut

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/workload"
)

func TestRequests(t *testing.T) {
	get := &Query{Kind: workload.Get, Key: []byte("k")}
	set := &Query{Kind: workload.Set, Key: []byte("k"), Value: []byte("vv")}
	setEx := &Query{Kind: workload.Set, Key: []byte("k"), Value: []byte("vv"), Expiry: 60 * time.Second}
	del := &Query{Kind: workload.Delete, Key: []byte("k")}
	mget := &Query{Kind: workload.MGet, Keys: [][]byte{[]byte("a"), []byte("b")}}
	incr := &Query{Kind: workload.Incr, Key: []byte("k")}
	setPX := &Query{Kind: workload.Set, Key: []byte("k"), Value: []byte("vv"), Expiry: 1500 * time.Millisecond}
	ttlPX := &Query{Kind: workload.TTL, Key: []byte("k"), Expiry: time.Millisecond}
	ttl := &Query{Kind: workload.TTL, Key: []byte("k"), Expiry: 60 * time.Second}
	for _, c := range []struct {
		d    Dialect
		q    *Query
		want string
	}{
		{RESP{}, get, "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"},
		{RESP{}, set, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nvv\r\n"},
		{RESP{}, setEx, "*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nvv\r\n$2\r\nEX\r\n$2\r\n60\r\n"},
		{RESP{}, del, "*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n"},
		{RESP{}, mget, "*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n"},
		{RESP{}, incr, "*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n"},
		{RESP{}, ttl, "*3\r\n$6\r\nEXPIRE\r\n$1\r\nk\r\n$2\r\n60\r\n"},
		{RESP{}, setPX, "*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nvv\r\n$2\r\nPX\r\n$4\r\n1500\r\n"},
		{RESP{}, ttlPX, "*3\r\n$7\r\nPEXPIRE\r\n$1\r\nk\r\n$1\r\n1\r\n"},
		{Line{}, setPX, "SETEX k 2 vv\n"},
		{Memcached{}, ttlPX, "touch k 1\r\n"},
		{Line{}, get, "GET k\n"},
		{Line{}, set, "SET k vv\n"},
		{Line{}, setEx, "SETEX k 60 vv\n"},
		{Line{}, del, "DELETE k\n"},
		{Line{}, mget, "MGET a b\n"},
		{Line{}, incr, "INCR k\n"},
		{Line{}, ttl, "EXPIRE k 60\n"},
		{Memcached{}, get, "get k\r\n"},
		{Memcached{}, set, "set k 0 0 2\r\nvv\r\n"},
		{Memcached{}, setEx, "set k 0 60 2\r\nvv\r\n"},
		{Memcached{}, del, "delete k\r\n"},
		{Memcached{}, mget, "get a b\r\n"},
		{Memcached{}, incr, "incr k 1\r\n"},
		{Memcached{}, ttl, "touch k 60\r\n"},
	} {
		if got := string(c.d.Append(nil, c.q)); got != c.want {
			t.Errorf("%T %s: %q, want %q", c.d, c.q.Kind, got, c.want)
		}
	}
}

// show renders a reply.
func show(r *Reply, k workload.Kind) string {
	switch r.Outcome {
	case Done:
		return "done"
	case Miss:
		return "miss"
	case Number:
		return fmt.Sprint(r.Number)
	case Refused:
		return "refused " + string(r.Text)
	}
	if k != workload.MGet {
		return fmt.Sprintf("%q", r.Value)
	}
	var all []string
	for i, v := range r.Values {
		switch {
		case v == nil:
			all = append(all, "-")
		case len(r.Echo) > 0:
			all = append(all, string(r.Echo[i])+"="+string(v))
		default:
			all = append(all, string(v))
		}
	}
	return strings.Join(all, " ")
}

func TestReplies(t *testing.T) {
	for _, c := range []struct {
		d     Dialect
		k     workload.Kind
		bytes string
		want  string
	}{
		{RESP{}, workload.Get, "$3\r\na\nb\r\n", `"a\nb"`},
		{RESP{}, workload.Get, "$0\r\n\r\n", `""`},
		{RESP{}, workload.Get, "$-1\r\n", "miss"},
		{RESP{}, workload.Get, "_\r\n", "miss"},
		{RESP{}, workload.Get, "-ERR x y\r\n", "refused ERR x y"},
		{RESP{}, workload.Set, "+OK\r\n", "done"},
		{RESP{}, workload.Delete, ":1\r\n", "1"},
		{RESP{}, workload.Incr, ":-12\r\n", "-12"},
		{RESP{}, workload.MGet, "*2\r\n$1\r\nx\r\n$-1\r\n", "x -"},
		{RESP{}, workload.MGet, "-ERR no\r\n", "refused ERR no"},
		{Line{}, workload.Get, "a value\n", `"a value"`},
		{Line{}, workload.Get, "ERROR: Key not found\n", "miss"},
		{Line{}, workload.Set, "OK\n", "done"},
		{Line{}, workload.Set, "ERROR: Key is empty\n", "refused Key is empty"},
		{Line{}, workload.Delete, "ERROR: Key not found\n", "miss"},
		{Line{}, workload.Incr, "7\n", "7"},
		{Line{}, workload.MGet, "x\nERROR: Key not found\n", "x -"},
		{Line{}, workload.MGet, "ERROR: Usage: MGET\n", "refused Usage: MGET"},
		{Memcached{}, workload.Get, "VALUE k 0 2\r\nvv\r\nEND\r\n", `"vv"`},
		{Memcached{}, workload.Get, "END\r\n", "miss"},
		{Memcached{}, workload.MGet, "VALUE b 0 2\r\nvv\r\nEND\r\n", "b=vv"},
		{Memcached{}, workload.Set, "STORED\r\n", "done"},
		{Memcached{}, workload.Set, "SERVER_ERROR object too large for cache\r\n", "refused SERVER_ERROR object too large for cache"},
		{Memcached{}, workload.Delete, "NOT_FOUND\r\n", "miss"},
		{Memcached{}, workload.TTL, "TOUCHED\r\n", "done"},
		{Memcached{}, workload.Incr, "12\r\n", "12"},
	} {
		var r Reply
		for cut := range c.bytes { // incomplete
			if n, err := c.d.Parse([]byte(c.bytes[:cut]), c.k, 2, &r); n != 0 || err != nil {
				t.Errorf("%T %q: %d, %v", c.d, c.bytes[:cut], n, err)
			}
		}
		n, err := c.d.Parse([]byte(c.bytes+"more"), c.k, 2, &r)
		if err != nil || n != len(c.bytes) || show(&r, c.k) != c.want {
			t.Errorf("%T %q: %s of %d bytes, %v; want %s", c.d, c.bytes, show(&r, c.k), n, err, c.want)
		}
	}
}

func TestRepliesThatMakeNoSense(t *testing.T) {
	for _, c := range []struct {
		d     Dialect
		k     workload.Kind
		bytes string
	}{
		{RESP{}, workload.Get, "!3\r\n"},
		{RESP{}, workload.Get, "x"},
		{RESP{}, workload.Get, "$x\r\n"},
		{RESP{}, workload.Get, "$-5\r\n"},
		{RESP{}, workload.Get, "$1\r\nabc"},
		{RESP{}, workload.Get, "\r\n"},
		{RESP{}, workload.MGet, "*3\r\n"},
		{RESP{}, workload.MGet, "*2\r\n:1\r\n:2\r\n"},
		{Line{}, workload.Set, "fine\n"},
		{Line{}, workload.Incr, "many\n"},
		{Memcached{}, workload.Get, "VALUE k\r\n"},
		{Memcached{}, workload.Get, "VALUE k 0 1\r\nabc"},
		{Memcached{}, workload.Set, "SURE\r\n"},
		{Memcached{}, workload.Set, "END\r\n"},
	} {
		var r Reply
		if n, err := c.d.Parse([]byte(c.bytes), c.k, 2, &r); err == nil {
			t.Errorf("%T %q is taken for %s of %d bytes", c.d, c.bytes, show(&r, c.k), n)
		}
	}
}

func FuzzReplies(f *testing.F) {
	f.Add([]byte("*2\r\n$1\r\nx\r\n$-1\r\n"), byte(3))
	f.Add([]byte("VALUE b 0 2\r\nvv\r\nEND\r\n"), byte(0))
	f.Add([]byte("ERROR: Key not found\n"), byte(3))
	f.Fuzz(func(t *testing.T, b []byte, kind byte) {
		var r Reply
		for _, d := range []Dialect{RESP{}, Line{}, Memcached{}} {
			for keys := 1; keys <= 3; keys++ {
				if n, err := d.Parse(b, workload.Kind(kind)%workload.Kinds, keys, &r); n < 0 || n > len(b) {
					t.Fatalf("%T: %d of %d bytes, %v", d, n, len(b), err)
				}
			}
		}
	})
}
