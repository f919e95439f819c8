package session

import (
	"testing"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/lru"
)

// onStrings are requests of every command on strings and of the usual commands on
// keys. The state of the store after a list is the same after its repetition.
var onStrings = map[string]string{
	"GET":         resp("GET", "k") + resp("GET", "none"),
	"SET":         resp("SET", "k", "v") + resp("SET", "k", "v", "EX", "10", "GET") + resp("SET", "k", "v", "NX") + resp("SET", "k", "w", "IFEQ", "x") + resp("SET", "k", "v", "PXAT", "99999999999999", "XX") + resp("SET", "k", "v", "KEEPTTL"),
	"SETNX":       resp("SETNX", "k", "v") + resp("DEL", "new") + resp("SETNX", "new", "v"),
	"SETEX":       resp("SETEX", "k", "10", "v"),
	"PSETEX":      resp("PSETEX", "k", "10000", "v"),
	"GETSET":      resp("GETSET", "k", "v"),
	"GETDEL":      resp("SET", "gone", "v") + resp("GETDEL", "gone") + resp("GETDEL", "gone"),
	"GETEX":       resp("GETEX", "k") + resp("GETEX", "k", "EX", "10") + resp("GETEX", "k", "PERSIST"),
	"MGET":        resp("MGET", "k", "none", "k"),
	"MSET":        resp("MSET", "a", "1", "b", "2"),
	"MSETNX":      resp("MSETNX", "a", "1", "b", "2") + resp("DEL", "x", "y") + resp("MSETNX", "x", "1", "y", "2"),
	"APPEND":      resp("SET", "ap", "") + resp("APPEND", "ap", "abc"),
	"STRLEN":      resp("STRLEN", "k") + resp("STRLEN", "none"),
	"GETRANGE":    resp("GETRANGE", "k", "0", "-1"),
	"SUBSTR":      resp("SUBSTR", "k", "0", "-1"),
	"SETRANGE":    resp("SETRANGE", "range", "3", "abc"),
	"INCR":        resp("INCR", "n"),
	"DECR":        resp("DECR", "n"),
	"INCRBY":      resp("INCRBY", "n", "1000"),
	"DECRBY":      resp("DECRBY", "n", "1000"),
	"DELIFEQ":     resp("SET", "d", "v") + resp("DELIFEQ", "d", "w") + resp("DELIFEQ", "d", "v"),
	"DEL":         resp("SET", "d", "v") + resp("DEL", "d") + resp("DEL", "d", "none"),
	"UNLINK":      resp("SET", "d", "v") + resp("UNLINK", "d"),
	"EXISTS":      resp("EXISTS", "k", "none"),
	"TOUCH":       resp("TOUCH", "k", "none"),
	"TYPE":        resp("TYPE", "k") + resp("TYPE", "none"),
	"EXPIRE":      resp("EXPIRE", "k", "100"),
	"PEXPIRE":     resp("PEXPIRE", "k", "100000"),
	"EXPIREAT":    resp("EXPIREAT", "k", "99999999999"),
	"PEXPIREAT":   resp("PEXPIREAT", "k", "99999999999999"),
	"EXPIRETIME":  resp("EXPIRETIME", "k"),
	"PEXPIRETIME": resp("PEXPIRETIME", "k"),
	"TTL":         resp("TTL", "k"),
	"PTTL":        resp("PTTL", "k"),
	"PERSIST":     resp("PERSIST", "k"),
}

// TestStringCommandsAllocateNothing sends every command on strings, with hits,
// misses and options. INCRBYFLOAT may allocate, since it computes with big.Float.
func TestStringCommandsAllocateNothing(t *testing.T) {
	for _, spec := range command.Specs() {
		if spec.Group == "string" && onStrings[spec.Name] == "" && spec.Name != "INCRBYFLOAT" {
			t.Errorf("no requests for %s", spec.Name)
		}
	}
	f := newFixture(t, lru.Options{MaxEntries: 1000})
	for name, text := range onStrings {
		s := f.n.NewSession(ConnInfo{})
		in, out := []byte(text), make([]byte, 0, 4096)
		_, _ = s.Run(f.l, []byte(resp("SET", "k", "v")), out, 1<<20)
		var used int
		got := testing.AllocsPerRun(200, func() { used, out = s.Run(f.l, in, out[:0], 1<<20) })
		if got != 0 || used != len(in) {
			t.Errorf("%s: %v allocations, %d of %d bytes used, answered %.60q", name, got, used, len(in), out)
		}
		s.Close()
	}
}
