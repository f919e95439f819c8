package session

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// A session whose replies fill the output after a few requests decodes few at a time, and many again once its replies are
// short.
func TestBatchesFitReplies(t *testing.T) {
	f := newFixture(t, lru.Options{})
	var long, short []byte
	for i := range 2 * lru.MaxBatch {
		key := fmt.Sprint("key", i)
		f.do(resp("SET", key, strings.Repeat("v", 50_000)))
		long, short = append(long, resp("GET", key)...), append(short, resp("EXISTS", key)...)
	}
	f.do(string(short))
	if got := f.l.batch.count; got != lru.MaxBatch {
		t.Fatalf("%d short requests in a batch, want %d", got, lru.MaxBatch)
	}
	decoded, runs := 0, 0
	for in := long; len(in) > 0; runs++ {
		used, out := f.s.Run(f.l, in, nil, 128<<10)
		if got := strings.Count(string(out), "$50000"); got != min(3, 2*lru.MaxBatch-3*runs) {
			t.Fatalf("%d replies in run %d", got, runs)
		}
		in = in[used:]
		decoded += f.l.batch.count
	}
	// Three of 32, 16, 8 and then always 4.
	if most := 2*lru.MaxBatch + runs + 32 + 16 + 8; decoded > most {
		t.Errorf("%d requests were decoded %d times, want at most %d", 2*lru.MaxBatch, decoded, most)
	}
	for range 3 { // 4, 8 and 16, and the rest in larger ones
		f.do(string(short))
	}
	if got := f.l.batch.count; got != lru.MaxBatch {
		t.Errorf("%d short requests in a batch afterwards, want %d", got, lru.MaxBatch)
	}
}

// A command that goes on in the next Run, because its reply is long, does not make batches so small that they take nothing.
func TestBatchOfUnfinishedCommand(t *testing.T) {
	f := newFixture(t, lru.Options{})
	f.do(resp("SET", "key", strings.Repeat("v", 60_000)))
	many := resp(append([]string{"MGET"}, strings.Fields(strings.Repeat("key ", 100))...)...)
	if got := strings.Count(feedLimit(f.l, f.s, many+many, 50_000), "$60000"); got != 200 {
		t.Fatalf("%d values, want 200", got)
	}
	const more = 2 * lru.MaxBatch
	if got := f.do(strings.Repeat(resp("PING"), more)); got != strings.Repeat("+PONG\r\n", more) {
		t.Errorf("answered %q", got)
	}
}
