package session

import (
	"bytes"
	"testing"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// FuzzSession runs any bytes whole, and cut at random offsets with any limit of replies. The replies and the
// stores must be the same, in either dialect.
func FuzzSession(f *testing.F) {
	f.Add([]byte("SET a 1\nGET a\r\nKEYS\nTTL a\nFLUSH\nEXIT\n"), uint64(0x0102), uint16(1))
	f.Add([]byte("SETEX a 10 v\nSTATS x\nMGET a b c\nDELETE a\nINCR n\n"), uint64(0x01), uint16(100))
	f.Add([]byte("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n*2\r\n$4\r\nKEYS\r\n$1\r\n*\r\n"), uint64(0x05), uint16(0))
	f.Fuzz(func(t *testing.T, in []byte, cuts uint64, limit uint16) {
		if len(in) > 2048 || nodeSpecific(in) {
			return
		}
		whole, pieces := newFixture(t, lru.Options{MaxEntries: 100}), newFixture(t, lru.Options{MaxEntries: 100})
		want := whole.cut(string(in), 1<<20, len(in)+1)
		sizes := make([]int, 8)
		for i := range sizes {
			sizes[i] = 1 + int(cuts>>(8*i)&0xff)
		}
		got := pieces.cut(string(in), int(limit), sizes...)
		// The reply to another protocol depends on how much of its greeting has arrived, after empty lines.
		known := func(word []byte) bool { return whole.n.knowsLine(word) }
		foreign := false
		if len(in) > 0 && in[0] != '*' {
			_, verdict := wire.Greeting(in, known)
			foreign = verdict == wire.Other
		}
		if got != want && !foreign {
			t.Fatalf("in pieces of %v, limit %d:\n%q\nwhole\n%q", sizes, limit, got, want)
		}
		if a, b := whole.n.store.Stats(), pieces.n.store.Stats(); a.Entries != b.Entries || a.LiveBytes != b.LiveBytes || a.Hits != b.Hits || a.Misses != b.Misses {
			t.Fatalf("the stores differ: %+v, %+v", a, b)
		}
	})
}

// nodeSpecific reports whether the replies may depend on the node: on its time, random choices, order of keys or
// process.
func nodeSpecific(in []byte) bool {
	upper := bytes.ToUpper(in)
	for _, word := range []string{"STATS\n", "STATS\r", "INFO", "CLIENT", "HELLO", "TIME", "RANDOMKEY", "SCAN", "KEYS", "LATENCY", "SLOWLOG", "DEBUG", "COMMAND", "MEMORY", "CONFIG"} {
		if bytes.Contains(upper, []byte(word)) && (word != "KEYS" || bytes.Count(upper, []byte("SET")) > 1) {
			return true
		}
	}
	return false
}
