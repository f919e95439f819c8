package workload

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// traceOf writes text to a file and returns the options that replay it.
func traceOf(t testing.TB, text string) TraceOptions {
	path := filepath.Join(t.TempDir(), "trace")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return TraceOptions{Path: path}
}

// replayed returns all requests of a feed as "seconds kind key size TTL", and what was changed.
func replayed(t *testing.T, w *Workload, rule KeyRule) (all, changes []string) {
	f, err := w.Feed(rule)
	if err != nil {
		t.Fatal(err)
	}
	s := f.Sequence(w)
	var r Request
	for {
		due, ok := s.Due()
		if ok != s.Next(&r) {
			t.Fatal("Due and Next disagree")
		}
		if !ok {
			break
		}
		all = append(all, fmt.Sprintf("%g %s %s %d %g", due.Seconds(), r.Kind, r.Given.Key, r.Given.Size, r.Given.Expiry.Seconds()))
	}
	made, err := f.Close()
	if err != nil {
		t.Error(err)
	}
	for _, c := range made {
		changes = append(changes, fmt.Sprint(c.Count, " ", c.What))
	}
	return all, changes
}

func TestTraceIsReplayedAsItIs(t *testing.T) {
	all := traceOf(t, "time,key,size,op,ttl\n100,a,10,get,\n100,b,70000,set,60\n102,a,,set,1.5\n104,c d,9,delete,\n104,e,,touch,\n104,n,,incr,\n104,a,0,touch,7\n")
	for _, c := range []struct {
		name          string
		o             TraceOptions
		rule          KeyRule
		want, changes []string
	}{
		{"as fast as possible", TraceOptions{}, KeyRule{}, []string{"0 get a 0 0", "0 set b 65535 60", "2 set a 100 1.5", "4 delete c d 0 0", "4 incr n 0 0", "4 ttl a 0 7"},
			[]string{"1 " + changeNames[counters], "1 " + changeNames[noTouch], "1 " + changeNames[shortened], "1 " + changeNames[noSize]}},
		{"at twice the speed", TraceOptions{Speed: 2, Count: 4}, KeyRule{}, []string{"0 get a 0 0", "0.25 set b 65535 30", "1 set a 100 0.75", "2 delete c d 0 0"},
			[]string{"2 requests of the same time spread over the time until the next", "1 " + changeNames[shortened], "1 " + changeNames[noSize]}},
		{"large ones left out, plain keys, read-through", TraceOptions{Skip: true, ReadThrough: true, Value: 7, Count: 3}, KeyRule{Longest: 250, Plain: true}, []string{"0 get a 10 0", "2 set a 7 1.5"},
			[]string{"1 " + changeNames[tooLarge], "1 requests for keys that the target does not take left out", "1 " + changeNames[noSize]}},
	} {
		c.o.Path = all.Path
		w, err := OpenTrace(c.o, 1)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // as two rounds do
			got, changes := replayed(t, w, c.rule)
			if strings.Join(got, "|") != strings.Join(c.want, "|") || strings.Join(changes, "|") != strings.Join(c.changes, "|") {
				t.Errorf("%s:\n got %q\nwant %q\n got %q\nwant %q", c.name, got, c.want, changes, c.changes)
			}
		}
	}
}

func TestTraceIsLookedAtFirst(t *testing.T) {
	w, err := OpenTrace(traceOf(t, "100,a,1,10,7,get,0\n160,bb,1,20,7,set,60\n161,a,1,0,8,delete,0\n"), 1)
	if err != nil {
		t.Fatal(err)
	}
	f := w.Trace().TraceFacts
	if f.Format != "twitter" || f.Requests != 3 || f.Keys != 2 || f.Lasts.Seconds() != 61 || f.MeanSize != (1+22)/2. || w.Spec.ReadThrough {
		t.Errorf("%+v", f)
	}
	if !w.Has(Get) || !w.Has(Set) || w.Has(Incr) || !w.Writes() || !w.Both() {
		t.Error("it has gets, sets and deletes")
	}
	if w, err = OpenTrace(traceOf(t, "1\n2\n1\n"), 1); err != nil || !w.Spec.ReadThrough || !w.Writes() {
		t.Error("what does not tell reads from writes is replayed read-through", err)
	}
	for text, want := range map[string]string{
		"1,k,1,1,1,get,0\n1,k,1,1,1,smile,0\n": `line 2: operation "smile"`,
		"1700000000.0 [0 x] \"ping\"\n":        "no requests that can be replayed",
		"":                                     "the trace is empty",
		"key\n" + strings.Repeat("k", 9<<20):   "after line 1",
		"key,op\n" + strings.Repeat("k", 70000) + ",get\n": "no requests that can be replayed",
	} {
		if _, err := OpenTrace(traceOf(t, text), 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// TestFootprintIsClose compares the estimate with the truth, where it is no longer exact.
func TestFootprintIsClose(t *testing.T) {
	var f footprint
	const n = 1_000_000
	for i := range uint64(n) {
		f.see(xxhash.Sum64String(fmt.Sprint(i)), int(i%1000))
	}
	keys, mean := f.estimate()
	if math.Abs(float64(keys)-n) > n/50 || math.Abs(mean-499.5) > 10 || len(f.sizes) > sampledKeys {
		t.Errorf("%d keys of %d, of %.1f bytes instead of 499.5", keys, n, mean)
	}
}

func TestKeysKeepTheirNumbers(t *testing.T) {
	k := newKeyNumbers(3)
	for range 2 {
		for i, want := range []uint64{0, 1, 2, 53 | untracked, 54 | untracked} {
			if got := k.of(uint64(50 + i)); got != want {
				t.Errorf("key %d has number %x, want %x", i, got, want)
			}
		}
	}
}

// TestLongTraceTakesLittleMemory replays a trace that would take far more if it were held in memory.
func TestLongTraceTakesLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it takes a second")
	}
	path := filepath.Join(t.TempDir(), "trace")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 0, 1<<16)
	const n = 500_000
	for i := range n {
		if line = fmt.Appendf(line, "%d,a-key-of-some-length-%d,24,100,7,get,0\n", i/1000, i); len(line) > 1<<16-100 || i == n-1 {
			if _, err := f.Write(line); err != nil {
				t.Fatal(err)
			}
			line = line[:0]
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	w, err := OpenTrace(TraceOptions{Path: path, Speed: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	feed, err := w.Feed(KeyRule{})
	if err != nil {
		t.Fatal(err)
	}
	s := feed.Sequence(w)
	var r Request
	var before, after runtime.MemStats
	requests := 0
	for s.Next(&r) {
		if requests++; requests == n/10 {
			runtime.ReadMemStats(&before)
		}
	}
	runtime.ReadMemStats(&after)
	if _, err := feed.Close(); err != nil || requests != n {
		t.Errorf("%d requests, %v", requests, err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("reading %d more requests allocated %d KB", n-n/10, grown>>10)
	}
}
