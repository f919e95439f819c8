package session

import (
	"bufio"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru"
)

// scanStep executes one SCAN.
func (f *fixture) scanStep(cursor string, options ...string) (next string, keys []string) {
	f.t.Helper()
	out := f.do(resp(append([]string{"SCAN", cursor}, options...)...))
	r, err := wire.ReadReply(bufio.NewReader(strings.NewReader(out)))
	if err != nil || len(r.Elems) != 2 {
		f.t.Fatalf("SCAN %s is answered %.200q", cursor, out)
	}
	return r.Elems[0].Text, r.Elems[1].Texts()
}

// TestScanPromise walks while random keys are set and removed. SCAN must return every key that
// exists during the whole walk, and none that never existed.
func TestScanPromise(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	walks := 5
	if testkit.Race {
		walks = 2 // slow with the race detector, which has little to find in a single goroutine
	}
	for name, o := range map[string]lru.Options{
		"growing":       {MaxMemory: 64 << 20},
		"many shards":   {MaxMemory: 64 << 20, Shards: 64},
		"evicting":      {MaxEntries: 3000},
		"out of memory": {MaxMemory: 2 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			f := newFixture(t, o)
			ever := map[string]bool{} // keys that existed at any time
			for range walks {
				f.walkOnce(r, ever)
				if r.IntN(2) == 0 {
					f.do(resp("FLUSHALL"))
				}
			}
		})
	}
}

// walkOnce completes one walk and executes other commands between its steps.
func (f *fixture) walkOnce(r *rand.Rand, ever map[string]bool) {
	f.t.Helper()
	stays := map[string]bool{}
	for i := range 50 + r.IntN(3000) {
		key := fmt.Sprintf("stay%d:%d", r.IntN(1000), i)
		f.do(resp("SET", key, strings.Repeat("v", r.IntN(200))))
		stays[key], ever[key] = true, true
	}
	options := []string{"COUNT", strconv.Itoa(1 + r.IntN(300))}
	returned := map[string]bool{}
	cursor := "0"
	for steps := 0; ; steps++ {
		if steps > 100_000 {
			f.t.Fatal("the walk does not end")
		}
		var keys []string
		cursor, keys = f.scanStep(cursor, options...)
		for _, k := range keys {
			returned[k] = true
		}
		if cursor == "0" {
			break
		}
		f.disturb(r, ever)
	}
	missing := 0
	for key := range stays {
		// Evicted keys are missing at the end, since they are not stored again.
		if f.do(resp("EXISTS", key)) == ":1\r\n" && !returned[key] {
			missing++
		}
	}
	if missing > 0 {
		f.t.Fatalf("%d of %d keys that existed during the whole walk are not returned", missing, len(stays))
	}
	for key := range returned {
		if !ever[key] {
			f.t.Fatalf("%q is returned and never existed", key)
		}
	}
}

// disturb sets, deletes, renames and expires keys other than those that stay.
func (f *fixture) disturb(r *rand.Rand, ever map[string]bool) {
	for range r.IntN(200) {
		key := fmt.Sprintf("other%d", r.IntN(20_000))
		switch r.IntN(8) {
		case 0, 1:
			f.do(resp("DEL", key))
		case 2:
			to := fmt.Sprintf("other%d", r.IntN(20_000))
			f.do(resp("RENAME", key, to))
			ever[to] = true
		case 3:
			f.do(resp("SET", key, "v", "PX", "5"))
			ever[key] = true
		default:
			f.do(resp("SET", key, strings.Repeat("v", r.IntN(100))))
			ever[key] = true
		}
	}
	f.now += int64(r.IntN(3))
	if r.IntN(10) == 0 {
		f.n.Store().Step(1)
	}
}

// TestScanOptions walks with each option, and from arbitrary cursors.
func TestScanOptions(t *testing.T) {
	f := newFixture(t, lru.Options{})
	for i := range 1000 {
		f.do(resp("SET", fmt.Sprintf("k%d", i), "v"))
	}
	walk := func(options ...string) (n int, cursors []string) {
		for cursor := "0"; ; {
			var keys []string
			cursor, keys = f.scanStep(cursor, options...)
			n += len(keys)
			cursors = append(cursors, cursor)
			if cursor == "0" {
				return n, cursors
			}
		}
	}
	for _, r := range []struct {
		options string
		want    int
	}{
		{"", 1000}, {"COUNT 1", 1000}, {"COUNT 100000", 1000}, {"MATCH k1*", 111}, {"match k5? count 1000", 10},
		{"TYPE string", 1000}, {"TYPE list", 0}, {"MATCH *7 TYPE String", 100}, {"MATCH nosuch", 0},
	} {
		if got, _ := walk(strings.Fields(r.options)...); got != r.want {
			t.Errorf("SCAN %s returns %d keys, want %d", r.options, got, r.want)
		}
	}
	// A type that no key has filters like a pattern: the cursors are those of the full walk.
	_, byPattern := walk("MATCH", "nosuch")
	if _, byType := walk("TYPE", "list"); len(byType) < 2 || !slices.Equal(byType, byPattern) {
		t.Errorf("SCAN TYPE list returns the cursors %v, MATCH nosuch %v", byType, byPattern)
	}
	// Every cursor is accepted, and a walk from it ends.
	for _, cursor := range []string{"1", "18446744073709551615", "-1", "123456789012345", "72057594037927935"} {
		steps := 0
		for next := cursor; ; steps++ {
			if next, _ = f.scanStep(next, "COUNT", "100"); next == "0" {
				break
			} else if steps > 10_000 {
				t.Fatalf("the walk from %s does not end", cursor)
			}
		}
	}
}

// TestDearPatterns: patterns beyond the limit are refused. An expensive pattern within the limit is matched with few keys in
// a Run, so that other connections get their turns.
func TestDearPatterns(t *testing.T) {
	if testkit.Race {
		t.Skip("SKIPPED: nothing is concurrent here; it runs without the race detector")
	}
	f := newFixture(t, lru.Options{})
	dear := "*" + strings.Repeat("[ab]", 100) + "c"
	const keys = 500
	for i := range keys {
		f.do(resp("SET", fmt.Sprintf("%s%d", strings.Repeat("ab", 500), i), "v"))
	}
	for _, request := range [][]string{{"KEYS", strings.Repeat("*?", 50_000)}, {"SCAN", "0", "MATCH", strings.Repeat("*?", 50_000)}} {
		if got := f.do(resp(request...) + resp("PING")); got != "-ERR pattern is 100000 bytes, the limit is 8192\r\n+PONG\r\n" {
			t.Errorf("%s with a pattern of 100,000 bytes: %q", request[0], got)
		}
	}
	in, turns := []byte(resp("KEYS", dear)), 0
	for more := true; more; more = len(in) > 0 || f.s.More() {
		used, _ := f.s.Run(f.l, in, nil, 1<<20)
		in = in[used:]
		turns++
	}
	steps := 0
	for cursor := ""; cursor != "0"; steps++ {
		cursor, _ = f.scanStep(cmp.Or(cursor, "0"), "COUNT", "10000", "MATCH", dear)
	}
	_, work := wire.MatchWork([]byte(dear), []byte(strings.Repeat("ab", 500)+"1"))
	if want := keys * work / walkWork / 2; want < 5 || turns < want || steps < want {
		t.Errorf("KEYS took %d turns and SCAN %d steps, want %d at least", turns, steps, want)
	}
}
