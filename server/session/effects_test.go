package session

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// mirror is a copy of a store that is built from its effects alone.
type mirror map[string]effect

type effect struct {
	value    string
	expireAt int64
}

func (m mirror) Set(_ uint64, key, value []byte, expireAt int64) {
	m[string(key)] = effect{string(value), expireAt}
}
func (m mirror) Delete(_ uint64, key []byte) { delete(m, string(key)) }
func (m mirror) Flush()                      { clear(m) }

// differs describes a difference between a store and its mirror. A store that evicts may lack any key.
func (m mirror) differs(c lru.Shards, now int64, evicts bool) string {
	held := map[string]effect{}
	for cursor := uint64(0); ; {
		cursor = c.Scan(cursor, 100, now, func(s lru.Reader, e lru.Entry, key []byte) {
			held[string(key)] = effect{string(s.AppendValue(nil, e)), s.Expiry(e)}
		})
		if cursor == 0 {
			break
		}
	}
	for k, e := range held {
		if m[k] != e {
			return fmt.Sprintf("%s is %v, heard of %v", k, e, m[k])
		}
	}
	for k, e := range m {
		if _, ok := held[k]; !ok && !evicts && (e.expireAt == 0 || e.expireAt > now) {
			return fmt.Sprintf("%s is not there, heard of %v", k, e)
		}
	}
	return ""
}

// TestEffects sends random commands and checks that the node's Effects receive every change.
func TestEffects(t *testing.T) {
	commands := []string{"SET K V", "SET K V", "SET K V PX T", "SET K V PXAT 5", "SET K V NX", "SET K V XX", "SET K V KEEPTTL",
		"SET K V IFEQ V", "SETEX K 2 V", "SETNX K V", "GETSET K V", "GETDEL K", "GETEX K PX T", "GETEX K PERSIST", "GETEX K PXAT 5",
		"INCR K", "INCRBYFLOAT K 0.5", "APPEND K V", "SETRANGE K 3 V", "MSET K V K V", "MSETNX K V K V", "DEL K", "DEL K K", "UNLINK K K",
		"DELIFEQ K V", "PEXPIRE K T", "EXPIRE K -1", "PERSIST K", "FLUSHALL"}
	for _, entries := range []int64{10_000, 15} {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 1))
		f := newFixture(t, lru.Options{MaxEntries: entries})
		m := mirror{}
		f.n.effects = m
		for i := range 20_000 {
			words := strings.Fields(commands[r.IntN(len(commands))])
			if words[0] == "FLUSHALL" && r.IntN(20) != 0 {
				continue
			}
			for j, w := range words {
				switch w {
				case "K":
					words[j] = fmt.Sprint("key", r.IntN(20))
				case "V":
					words[j] = fmt.Sprint(r.IntN(3))
				case "T":
					words[j] = fmt.Sprint(1 + r.IntN(500))
				}
			}
			request := resp(words...)
			if r.IntN(5) == 0 {
				request = resp("MULTI") + request + resp("EXEC")
			}
			got := f.do(request)
			if why := m.differs(f.n.store, f.now, entries < 20); why != "" {
				t.Fatalf("seed %d, command %d, %q answered %q: %s", seed, i, words, got, why)
			}
			// Even if the node has evicted the key, the removal must be reported, since a secondary may still have it.
			if e, ok := m[words[1%len(words)]]; ok && removes(words, e.value) {
				t.Fatalf("seed %d, command %d, %q answered %q: the removal was not reported", seed, i, words, got)
			}
			f.now += int64(r.IntN(20))
		}
	}
}

// removes reports whether a command leaves no entry for its first key, which had a value.
func removes(words []string, value string) bool {
	switch words[0] {
	case "DEL", "UNLINK", "GETDEL":
		return true
	case "DELIFEQ":
		return words[2] == value
	}
	return words[0] == "SET" && words[len(words)-2] == "PXAT"
}
