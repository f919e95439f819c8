package workload

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/quick"
)

func TestValuesAreKnownAndNothingElse(t *testing.T) {
	v := NewValues(9)
	for _, size := range []int{0, 1, 7, 8, 10, 11, 12, 16, 100, 4096, 65520} {
		for version := range uint32(5) {
			got := v.Append(nil, 42, version*1000, size)
			if len(got) != size {
				t.Fatalf("%d bytes of %d", len(got), size)
			}
			seen, known, ok := v.Check(42, got)
			if !ok || known != (size >= 8) || known && seen != version*1000 {
				t.Errorf("%d bytes, version %d: %d, %v, %v", size, version*1000, seen, known, ok)
			}
			if size < 8 {
				continue
			}
			if _, _, ok := v.Check(43, got); ok {
				t.Errorf("%d bytes: the value of key 42 passes as one of key 43", size)
			}
			if _, _, ok := NewValues(10).Check(42, got); ok {
				t.Errorf("%d bytes: a value of another seed passes", size)
			}
			for i := range got {
				if i > 50 && i%997 != 0 {
					continue
				}
				got[i] ^= 1
				if _, _, ok := v.Check(42, got); ok {
					t.Errorf("%d bytes: a wrong byte %d passes", size, i)
				}
				got[i] ^= 1
			}
			if _, _, ok := v.Check(42, got[:size-1]); ok {
				t.Errorf("%d bytes: one less passes", size)
			}
		}
	}
	if err := quick.Check(func(key uint64, b []byte) bool {
		_, _, ok := v.Check(key, b)
		return !ok || len(b) < 4
	}, nil); err != nil {
		t.Error(err)
	}
}

func TestVersions(t *testing.T) {
	v := NewVersions(3, true)
	if !v.Fresh(1, v.Bound(1), 0) {
		t.Error("what was filled in is stale")
	}
	a := v.Write(1)
	if b := v.Bound(1); !v.Fresh(1, b, 0) || !v.Fresh(1, b, a) {
		t.Error("while a write is under way both versions may be seen")
	}
	before := v.Bound(1)
	v.Done(1)
	if v.Fresh(1, v.Bound(1), 0) {
		t.Error("after the write the old version passes")
	}
	if !v.Fresh(1, before, 0) {
		t.Error("a read sent before the answer may see the old version")
	}
	if v.Fresh(1, v.Bound(1), a+1) {
		t.Error("a version that was never written passes")
	}
	b, c := v.Write(1), v.Write(1)
	v.Done(1)
	v.Done(1)
	if bound := v.Bound(1); v.Fresh(1, bound, a) || !v.Fresh(1, bound, b) || !v.Fresh(1, bound, c) {
		t.Error("of writes that overlap any may be the last, none before them")
	}
	v.Write(1)
	v.Lost(1)
	if !v.Fresh(1, v.Bound(1), a) {
		t.Error("after a lost write nothing is certain")
	}
}

// However often it is written, within the range that a version has, a key's newest version is fresh and the one
// before is not.
func TestVersionsWrapAround(t *testing.T) {
	v := NewVersions(1, true)
	last := uint32(0)
	for range versionMask + 1000 {
		n := v.Write(0)
		v.Done(0)
		if b := v.Bound(0); !v.Fresh(0, b, n) || v.Fresh(0, b, last) {
			t.Fatalf("version %d after %d", n, last)
		}
		last = n
	}
}

func TestVersionsOfAHotKeyManyWritersAtOnce(t *testing.T) {
	v := NewVersions(1, true)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 2000 {
				b := v.Bound(0)
				n := v.Write(0)
				if !v.Fresh(0, b, n) {
					t.Error("a write after the bound is stale")
				}
				v.Done(0)
			}
		})
	}
	wg.Wait()
	n := v.Write(0)
	v.Done(0)
	if b := v.Bound(0); b != n {
		t.Errorf("after all: bound %d, version %d", b, n)
	}
}

func TestKeysDifferAndHaveTheirSizes(t *testing.T) {
	for _, size := range []string{"4", "16", "5-40", "250", "lognormal:30:0.5"} {
		s := Spec{Keys: 10_000, KeySize: size}
		w, err := Compile(s, 1)
		if err != nil {
			if size == "lognormal:30:0.5" && strings.Contains(err.Error(), "differ only with") {
				continue
			}
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for i := range w.Keys.Len() {
			k := string(w.Keys.Append(nil, i))
			if seen[k] || len(k) > w.Keys.MaxSize() {
				t.Fatalf("size %s: key %d is %q", size, i, k)
			}
			seen[k] = true
		}
	}
	w, _ := Compile(Spec{Keys: 10_000}, 1)
	if k := string(w.Keys.Append(nil, 77)); k != "cgb:000000000077" {
		t.Errorf("key 77 is %q", k)
	}
}

func TestKeyPrefix(t *testing.T) {
	for _, c := range []struct{ prefix, size, key, counter, fails string }{
		{"", "16", "cgb:000000000077", "cgb:counter:000005", ""},
		{"", "30", "cgb:cgb:cgb:cgb:cg000000000077", "cgb:counter:000005", ""},
		{"", "5", "00077", "cgb:counter:000005", ""},
		{"user:", "16", "user:00000000077", "user:counter:000005", ""},
		{"a-rather-long-prefix:", "40", "a-rather-long-prefix:a-rathe000000000077", "a-rather-long-prefix:counter:000005", ""},
		{"user:", "7", "", "", "differ only with 8 bytes or more"},
		{"a b", "16", "", "", "without spaces"},
	} {
		w, err := Compile(Spec{Keys: 1000, KeySize: c.size, Prefix: c.prefix}, 1)
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%q of %s: %v, want %q", c.prefix, c.size, err, c.fails)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if k, n := string(w.Keys.Append(nil, 77)), string(w.Keys.AppendCounter(nil, 5)); k != c.key || n != c.counter {
			t.Errorf("%q of %s: %q and %q, want %q and %q", c.prefix, c.size, k, n, c.key, c.counter)
		}
	}
}

func TestSequencesRepeat(t *testing.T) {
	for _, p := range Presets {
		w, err := Compile(p, 4)
		if err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		list := func(i int, round uint64) string {
			var r Request
			var b strings.Builder
			w, _ := Compile(p, 4)
			s := w.Sequence(i, 2, round)
			for range 100 {
				s.Next(&r)
				fmt.Fprint(&b, r.Kind, r.Key, " ")
			}
			return b.String()
		}
		if one, two := list(0, 0), list(0, 0); one != two {
			t.Errorf("%s: the same sequence drew different requests", p.Name)
		}
		if list(0, 0) == list(1, 0) || list(0, 0) == list(0, 1) && p.Dist != "sequential" {
			t.Errorf("%s: another sequence or round drew the same", p.Name)
		}
		s := w.Sequence(0, 1, 0)
		var r Request
		if n := testing.AllocsPerRun(1000, func() { s.Next(&r) }); n != 0 {
			t.Errorf("%s: %v allocations a request", p.Name, n)
		}
	}
}

func TestFillTakesEveryKeyOnce(t *testing.T) {
	w, err := Compile(Spec{Keys: 1001}, 1)
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]int, 1001)
	for i := range 3 {
		s := w.Fill(i, 3)
		var r Request
		for s.Next(&r) {
			seen[r.Key]++
		}
	}
	for k, n := range seen {
		if n != 1 {
			t.Errorf("key %d: %d times", k, n)
		}
	}
}

func TestWrongSpecs(t *testing.T) {
	for _, c := range []struct {
		s    Spec
		want string
	}{
		{Spec{Dist: "gauss"}, `distribution "gauss": there are uniform`},
		{Spec{Dist: "zipf:0"}, "THETA is over 0"},
		{Spec{Dist: "zipf:x"}, "THETA is over 0"},
		{Spec{Dist: "hot:2:1"}, "both lie between 0 and 1"},
		{Spec{Dist: "uniform:3"}, "there are uniform"},
		{Spec{Mix: "get"}, `"get" is not KIND=WEIGHT`},
		{Spec{Mix: "fetch=1"}, `"fetch=1" is not KIND=WEIGHT`},
		{Spec{Mix: "get=0"}, "add up to nothing"},
		{Spec{Value: "x"}, `value size "x": not a size`},
		{Spec{Value: "9-3"}, "FROM is larger than TO"},
		{Spec{Value: "1-70000"}, "some are within the limit"},
		{Spec{Value: "10MB"}, "twice the limit"},
		{Spec{Value: "lognormal:0:1"}, "MEDIAN"},
		{Spec{Value: "weights:3"}, "BYTES=WEIGHT"},
		{Spec{KeySize: "3", Keys: 10_000}, "4 bytes or more"},
		{Spec{KeySize: "70000"}, "65536 bytes at most"},
		{Spec{MGet: 1000}, "1 to 128"},
		{Spec{Expiry: 1}, "whole seconds"},
	} {
		_, err := Compile(c.s, 1)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.s, err, c.want)
		}
	}
	if _, err := Preset("nope"); err == nil || !strings.Contains(err.Error(), "read-heavy") {
		t.Error(err)
	}
	if w, err := Compile(Spec{Value: "over"}, 1); err != nil || !w.Over || w.ValueSize(1)+16 != Limit+1 {
		t.Error("over is a byte beyond the limit", err)
	}
	if w, err := Compile(Spec{Value: "max"}, 1); err != nil || w.Over || w.ValueSize(1)+16 != Limit {
		t.Error("max is the limit", err)
	}
}

// The version of a write that was given up may be seen ever after, and no other old one.
func TestUnansweredWrite(t *testing.T) {
	v := NewVersions(2, true)
	lost := v.Write(0)
	v.Unanswered(0, lost)
	next := v.Write(0)
	v.Done(0)
	bound := v.Bound(0)
	for version, fresh := range map[uint32]bool{0: false, lost: true, next: true} {
		if v.Fresh(0, bound, version) != fresh {
			t.Errorf("version %d of the key is fresh: %v", version, !fresh)
		}
	}
	other := v.Write(1)
	v.Done(1)
	if again := v.Write(1); again != other+1 {
		t.Errorf("version %d after %d", again, other)
	}
	v.Done(1)
	if v.Fresh(1, v.Bound(1), other) {
		t.Error("an old version of another key is fresh")
	}
}
