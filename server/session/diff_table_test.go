package session_test

import (
	"bufio"
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
	"github.com/cachegopher/cachegopher/internal/wire"
)

// TestCommandTable compares COMMAND INFO and COMMAND DOCS of each command with redis-server's, in both versions of
// the protocol.
func TestCommandTable(t *testing.T) {
	redis := redistest.Start(t)
	for _, version := range []string{"2", "3"} {
		t.Run("RESP"+version, func(t *testing.T) {
			conn := redis.Dial(t)
			p := newPair(t, redis, time.Now().Unix())
			node := p.session()
			ask := func(args ...string) (ours, theirs wire.Reply) {
				in := wire.Request(nil, args...)
				got, err := conn.Exchange(in, 1)
				if err != nil {
					t.Fatal(err)
				}
				_, out := node.Run(p.loop, in, nil, 1<<20)
				if ours, err = wire.ReadReply(bufio.NewReader(bytes.NewReader(out))); err != nil {
					t.Fatalf("%q: %v", args, err)
				}
				return ours, got[0]
			}
			ask("HELLO", version)
			for _, s := range command.Specs() {
				ours, theirs := ask("COMMAND", "INFO", s.Name)
				if ours, theirs = ours.Elems[0], theirs.Elems[0]; theirs.Null {
					if !slices.Contains([]string{"DELIFEQ", "REPLICA", "TOPOLOGY", "PROMOTE", "REBALANCE", "LOCALREADS"}, s.Name) {
						t.Errorf("redis-server has no %s", s.Name)
					}
					continue
				}
				if subcommands(theirs) { // redis-server describes the keys and flags of each
					if arity := int(theirs.Elems[1].Int()); arity != s.Arity {
						t.Errorf("%s has arity %d, in redis-server %d", s.Name, s.Arity, arity)
					}
				} else {
					compareInfo(t, s.Name, ours, theirs)
				}
				_, docs := ask("COMMAND", "DOCS", s.Name)
				if fields := docs.Elems[1].Texts(); fields[3] != s.Since || fields[5] != s.Group {
					t.Errorf("%s: since %s, group %s, in redis-server %v", s.Name, s.Since, s.Group, fields[:6])
				}
			}
		})
	}
}

// infoParts are the elements of a reply to COMMAND INFO.
var infoParts = []string{"name", "arity", "flags", "first key", "last key", "step", "categories", "tips", "key specifications", "subcommands"}

// compareInfo compares replies of COMMAND INFO for a command, except the notes in key specifications.
func compareInfo(t *testing.T, name string, node, redis wire.Reply) {
	t.Helper()
	if len(node.Elems) != len(infoParts) || len(redis.Elems) != len(infoParts) {
		t.Fatalf("%s: %s, in redis-server %s", name, node, redis)
	}
	for i, part := range infoParts {
		if got, want := withoutNotes(node.Elems[i]), withoutNotes(redis.Elems[i]); got != want {
			t.Errorf("%s has the %s\n\t%q, in redis-server\n\t%q", name, part, got, want)
		}
	}
}

// withoutNotes is the raw reply without fields called notes.
func withoutNotes(r wire.Reply) string {
	if len(r.Elems) == 0 {
		return r.Raw
	}
	var all strings.Builder
	for i := 0; i < len(r.Elems); i++ {
		if r.Elems[i].Text == "notes" {
			i++
			continue
		}
		all.WriteString(withoutNotes(r.Elems[i]))
	}
	return string(r.Kind) + all.String()
}

// subcommands reports whether redis-server lists subcommands, which then have the flags and keys.
func subcommands(info wire.Reply) bool {
	return len(info.Elems) > 9 && len(info.Elems[9].Elems) > 0
}

// TestBrokenInput sends the same requests, with random bytes changed, removed and
// added, to both servers, and compares all output until the connection ends.
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
		// redis-server closes after this half-close at the latest. The node's Closing shows whether it would earlier.
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
	in := wire.Request(nil, "PING")
	for range 1 + r.IntN(6) {
		switch r.IntN(4) {
		case 0:
			in = wire.Request(in, "ECHO", strings.Repeat("x", r.IntN(20)))
		case 1:
			in = wire.Request(in, "SET", "k"+strconv.Itoa(r.IntN(3)), "v")
		case 2:
			in = wire.Request(in, "GET", "k"+strconv.Itoa(r.IntN(3)))
		case 3:
			in = append(in, "PING 'a b' \"c\\x41\"\r\n"...)
		}
	}
	// No NUL: redis-server looks for the end of a header only up to the first one.
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
