package load

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// replayText replays a trace once.
func replayText(t *testing.T, text string, o workload.TraceOptions, tg *sut.Target, p Plan) (*result.Round, error) {
	t.Helper()
	o.Path = filepath.Join(t.TempDir(), "trace")
	if err := os.WriteFile(o.Path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := workload.OpenTrace(o, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.Duration = cmp.Or(p.Duration, time.Minute)
	p.Conns, p.Depth, p.Threads = max(1, p.Conns), max(1, p.Depth), 1
	s, err := NewSession(w, tg, p)
	if err != nil {
		t.Fatal(err)
	}
	return s.Run(t.Context(), 0, nil)
}

// bothKinds are a server over raw connections and a library in this process.
func bothKinds(t *testing.T) map[string]*sut.Target {
	library, err := sut.Builtin().Open(t.Context(), "inproc:lru?memory=64MB", sut.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := library.Close(); err != nil {
			t.Error(err)
		}
	})
	return map[string]*sut.Target{"server": newFake(t).target(), "library": library}
}

func TestReplaySendsWhatTheTraceSays(t *testing.T) {
	f := newFake(t)
	var got []string
	f.set(func(_ int, args []string) {
		for i, a := range args {
			if i == 2 && args[0] == "SET" {
				args[i] = fmt.Sprint(len(a))
			}
		}
		got = append(got, strings.Join(args, " "))
	}, nil)
	text := "time,key,size,op,ttl\n5,a,10,set,60\n5,b,0,set,\n6,\"c d\",70000,set,1.5\n6,a,,delete,\n7,b,,touch,5\n7,n,,incr,\n8,e,20,get,\n"
	r, err := replayText(t, text, workload.TraceOptions{}, f.target(), Plan{Verify: VerifyOff})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"SET a 10 EX 60", "SET b 0", "SET c d 65533 PX 1500", "DEL a", "EXPIRE b 5", "INCR cgb:counter:", "GET e"}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range min(len(got), len(want)) {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("request %d is %q, want %q", i, got[i], want[i])
		}
	}
	if len(got) != len(want) || r.Requests != int64(len(want)) || len(r.Changes) == 0 {
		t.Errorf("%q, %+v", got, r)
	}
}

// TestReplayHits compares the hits of a trace that does not tell reads from writes with what its order gives.
func TestReplayHits(t *testing.T) {
	var b strings.Builder
	seen, hits, n := map[int]bool{}, int64(0), int64(0)
	for i := range 5000 {
		key := i * i % 997 % (1 + i/5)
		if seen[key] {
			hits++
		}
		seen[key], n = true, n+1
		fmt.Fprintf(&b, "%d\n", key)
	}
	for name, tg := range bothKinds(t) {
		r, err := replayText(t, b.String(), workload.TraceOptions{}, tg, Plan{})
		if err != nil || r.Hits != hits || r.Hits+r.Misses != n || r.Requests != n+n-hits {
			t.Errorf("%s: %d hits of %d, want %d of %d; %d requests; %v", name, r.Hits, r.Hits+r.Misses, hits, n, r.Requests, err)
		}
	}
}

// TestReplayKeepsTheTimes compares how long a replay takes at two speeds.
func TestReplayKeepsTheTimes(t *testing.T) {
	text := "time,key\n10,a\n10,b\n10,c\n10.9,d\n11.6,e\n"
	for name, tg := range bothKinds(t) {
		for speed, least := range map[float64]time.Duration{0: 0, 2: 800 * time.Millisecond, 8: 200 * time.Millisecond} {
			began := time.Now()
			r, err := replayText(t, text, workload.TraceOptions{Speed: speed}, tg, Plan{Conns: 2})
			if took := time.Since(began); err != nil || r.Hits+r.Misses != 5 || took < least {
				t.Errorf("%s at %g: %s, at least %s expected; %d reads, %v", name, speed, took, least, r.Hits+r.Misses, err)
			}
		}
	}
}

// TestReplayManyAtOnce has more requests in flight than there are keys, so that each lie of the verification would show.
func TestReplayManyAtOnce(t *testing.T) {
	var b strings.Builder
	b.WriteString("key,op,size\n")
	for i := range 30000 {
		fmt.Fprintf(&b, "key%d,%s,%d\n", i*i%31, []string{"get", "set", "get", "delete", "incr", "get"}[i%6], i%300)
	}
	for name, tg := range bothKinds(t) {
		r, err := replayText(t, b.String(), workload.TraceOptions{ReadThrough: true}, tg, Plan{Conns: 8, Depth: 8})
		if err != nil || r.Hits == 0 || r.Hits+r.Misses != 15000 {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
	f := newFake(t)
	f.set(nil, func(n int, args []string, reply string) string {
		if args[0] == "GET" && n > 1000 && len(reply) > 30 {
			return reply[:len(reply)-3] + "?\r\n"
		}
		return reply
	})
	if r, err := replayText(t, b.String(), workload.TraceOptions{}, f.target(), Plan{Conns: 2}); err == nil || r.Errors["wrong value"] == 0 {
		t.Errorf("wrong values pass: %v", err)
	}
}

// TestReplayThatLags replays a trace for which the server is too slow.
func TestReplayThatLags(t *testing.T) {
	f := newFake(t)
	f.set(func(_ int, args []string) { time.Sleep(30 * time.Millisecond) }, nil)
	text := "time,key\n" + strings.Repeat("10,a\n", 20) + "10.2,b\n"
	r, err := replayText(t, text, workload.TraceOptions{Speed: 1}, f.target(), Plan{})
	if err != nil || !r.Flow.Missed || r.Flow.Asked < 104 || r.Flow.Asked > 106 {
		t.Errorf("%v, %+v", err, r.Flow)
	}
	if r, err = replayText(t, text, workload.TraceOptions{Speed: 0.01}, newFake(t).target(), Plan{Duration: 100 * time.Millisecond}); err != nil || r.Flow.Missed {
		t.Errorf("one that is not replayed to its end: %v, %+v", err, r.Flow)
	}
}

func TestReplayOfABrokenTrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace")
	good := "key,size\n" + strings.Repeat("a,1\n", 20000)
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := workload.OpenTrace(workload.TraceOptions{Path: path}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(good+"a,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := NewSession(w, newFake(t).target(), Plan{Conns: 2, Depth: 2, Threads: 1, Duration: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := s.Run(t.Context(), 0, nil); err == nil || !strings.Contains(err.Error(), `line 20002: value size "x"`) || r.Hits+r.Misses != 20000 {
		t.Errorf("%v, %+v", err, r)
	}
}
