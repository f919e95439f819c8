package session_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/redistest"
)

// TestCommandTable compares the command table with what redis-server tells of its own.
func TestCommandTable(t *testing.T) {
	redis := redistest.Start(t).Dial(t)
	for _, s := range command.Specs() {
		got, err := redis.Exchange(redistest.Request(nil, "COMMAND", "INFO", s.Name), 1)
		if err != nil {
			t.Fatal(err)
		}
		info := got[0].Elems[0]
		if info.Null {
			if s.Name != "DELIFEQ" && s.Name != "REPLICA" {
				t.Errorf("redis-server has no %s", s.Name)
			}
			continue
		}
		if arity := int(info.Elems[1].Int()); arity != s.Arity {
			t.Errorf("%s has arity %d, in redis-server %d", s.Name, s.Arity, arity)
		}
		for _, flag := range strings.Fields("write readonly denyoom fast admin") {
			if slices.Contains(strings.Fields(s.Flags), flag) != slices.Contains(info.Elems[2].Texts(), flag) && !subcommands(info) {
				t.Errorf("%s: the flags %s differ by %s from redis-server's %v", s.Name, s.Flags, flag, info.Elems[2].Texts())
			}
		}
		if keys := [3]int64{info.Elems[3].Int(), info.Elems[4].Int(), info.Elems[5].Int()}; !subcommands(info) &&
			keys != [3]int64{int64(s.First), int64(s.Last), int64(s.Step)} {
			t.Errorf("%s has keys at %d, %d, %d, in redis-server at %v", s.Name, s.First, s.Last, s.Step, keys)
		}
		docs, err := redis.Exchange(redistest.Request(nil, "COMMAND", "DOCS", s.Name), 1)
		if err != nil {
			t.Fatal(err)
		}
		if fields := docs[0].Elems[1].Texts(); fields[3] != s.Since || fields[5] != s.Group {
			t.Errorf("%s: since %s, group %s, in redis-server %v", s.Name, s.Since, s.Group, fields[:6])
		}
	}
}

// subcommands tells whether a command has any: then redis-server's flags and keys are theirs.
func subcommands(info redistest.Reply) bool {
	return len(info.Elems) > 9 && len(info.Elems[9].Elems) > 0
}

// TestBrokenInput sends both the same requests with random bytes changed, left out
// and added, and compares all that comes back until the connection ends.
func TestBrokenInput(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	seed := *diffSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	p := newPair(t, redis, time.Now().Unix())
	closed := 0
	for range 1500 {
		in := breakInput(r)
		c := redis.Dial(t)
		if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(in); err != nil {
			t.Fatal(err)
		}
		// redis-server closes when the client has; whether it has before, the node's state tells.
		_ = c.Conn.(interface{ CloseWrite() error }).CloseWrite()
		want, err := io.ReadAll(c.Reader)
		if err != nil && len(want) == 0 {
			t.Logf("redis-server: %v", err)
		}
		c.Close()
		s := p.session()
		got := p.run(r, s, in)
		if !bytes.Equal(got, want) {
			t.Fatalf("%q is answered\n\t%q, redis-server answers\n\t%q", in, got, want)
		}
		if s.Closing() {
			closed++
		}
		s.Close()
	}
	if closed < 100 {
		t.Errorf("only %d inputs were so broken that the connection was closed", closed)
	}
}

// breakInput makes a few requests, then breaks them.
func breakInput(r *rand.Rand) []byte {
	in := redistest.Request(nil, "PING")
	for range 1 + r.IntN(6) {
		switch r.IntN(4) {
		case 0:
			in = redistest.Request(in, "ECHO", strings.Repeat("x", r.IntN(20)))
		case 1:
			in = redistest.Request(in, "SET", "k"+strconv.Itoa(r.IntN(3)), "v")
		case 2:
			in = redistest.Request(in, "GET", "k"+strconv.Itoa(r.IntN(3)))
		case 3:
			in = append(in, "PING 'a b' \"c\\x41\"\r\n"...)
		}
	}
	// No NUL: redis-server looks for the end of a header no further than that.
	const bytesOften = "*$\r\n-0123456789 +:\"'\\x\xff"
	for range 1 + r.IntN(3) {
		i := 1 + r.IntN(len(in)-1) // the first byte decides the dialect
		switch b := bytesOften[r.IntN(len(bytesOften))]; r.IntN(4) {
		case 0:
			in = slices.Delete(in, i, i+1)
		case 1:
			in = slices.Insert(in, i, b)
		case 2:
			in[i] = b
		default:
			in = in[:i]
		}
		if len(in) < 2 {
			break
		}
	}
	return in
}
