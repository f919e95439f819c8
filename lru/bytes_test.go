package lru

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// noise is what values are cut from: no two stretches of it are alike.
var noise = func() []byte {
	b := make([]byte, 2*MaxSize)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b)
	return b
}()

// valueFor is a value of n bytes that depends on key and version.
func valueFor(dst []byte, key string, version uint64, n int) []byte {
	dst = fmt.Appendf(dst[:0], "%s/%d/", key, version)
	if n > len(dst) {
		from := int(version*11400714785074694791>>32) % MaxSize
		dst = append(dst, noise[from:from+n-len(dst)]...)
	}
	return dst[:n]
}

// sizes draws value lengths the way a workload does at one time.
var sizes = []func(*rand.Rand) int{
	func(r *rand.Rand) int { return 100 },
	func(r *rand.Rand) int { return 10_000 },
	func(r *rand.Rand) int { return 60_000 },
	func(r *rand.Rand) int { return r.IntN(64) },
	func(r *rand.Rand) int { return r.IntN(65_000) },
	func(r *rand.Rand) int { return 1 << r.IntN(16) },
}

// TestBytesModel runs random operations of every size under small byte budgets:
// what is found must be what was stored last, memory must stay in the budget,
// and all invariants must hold all the while.
func TestBytesModel(t *testing.T) {
	seed := testSeed(t)
	for _, budget := range []int64{1 << 20, 3 << 20, 20 << 20} {
		t.Run(fmt.Sprint(budget), func(t *testing.T) { testBytesModel(t, seed, budget) })
	}
}

func testBytesModel(t *testing.T, seed uint64, budget int64) {
	r := rand.New(rand.NewPCG(seed, uint64(budget)))
	now := int64(1)
	c := newTestCache(t, Options{MaxMemory: budget, Seed: seed | 1, Clock: func() int64 { return now }})
	type truth struct {
		version uint64
		n       int
		at      int64
	}
	model := map[string]truth{}
	var buf, got []byte
	ops := 20_000
	if testing.Short() || poisonFreed {
		ops = 6_000
	}
	keys := 20_000
	for op := range ops {
		size := sizes[op*len(sizes)*2/ops%len(sizes)]
		key := "key:" + strconv.Itoa(r.IntN(keys))
		switch x := r.IntN(100); {
		case x < 50:
			tr := truth{version: uint64(op), n: size(r)}
			if r.IntN(4) == 0 {
				tr.at = now + r.Int64N(2000)
			}
			buf = valueFor(buf, key, tr.version, tr.n)
			if err := c.SetAt([]byte(key), buf, tr.at); err != nil {
				t.Fatalf("op %d: Set of %d bytes: %v", op, tr.n, err)
			}
			model[key] = tr
		case x < 90:
			v, ok := c.Get(got[:0], []byte(key))
			got = v
			tr, stored := model[key]
			if ok && (!stored || tr.at != 0 && tr.at <= now) {
				t.Fatalf("op %d: Get(%s) finds what was deleted or has expired", op, key)
			}
			if ok {
				if buf = valueFor(buf, key, tr.version, tr.n); string(buf) != string(v) {
					t.Fatalf("op %d: Get(%s) is not what was set", op, key)
				}
			}
		case x < 95:
			c.Delete([]byte(key))
			delete(model, key)
		default:
			h := c.Hash([]byte(key))
			s := c.Lock(h)
			if e, ok := s.Peek(h, []byte(key), now); ok {
				tr := model[key]
				tr.at = []int64{0, now + r.Int64N(3000)}[r.IntN(2)]
				if _, err := s.SetExpiry(h, e, tr.at); err != nil {
					t.Fatal(err)
				}
				model[key] = tr
			}
			s.Unlock()
		}
		now += r.Int64N(3)
		if r.IntN(200) == 0 {
			c.Step(time.Second)
		}
		if r.IntN(ops/100) == 0 {
			mustCheck(t, c)
		}
		if used := c.Stats().UsedBytes; op%16 == 0 && used > budget {
			t.Fatalf("op %d: %d bytes used of %d", op, used, budget)
		}
	}
}

// TestShift moves from one size of value to another and asks each time that the
// budget is used for values, and that memory resident stays near the budget.
func TestShift(t *testing.T) {
	budget := int64(64 << 20)
	if poisonFreed {
		budget /= 16
	}
	c := newTestCache(t, Options{MaxMemory: budget})
	var buf []byte
	n := 0
	for _, phase := range []struct{ size, percent int }{{100, 70}, {10_000, 85}, {60_000, 85}, {100, 70}, {1000, 85}} {
		for total := int64(0); total < budget*3/2; total += int64(phase.size) {
			n++
			buf = valueFor(buf, "k", uint64(n), phase.size)
			if err := c.Set(fmt.Appendf(nil, "key:%012d", n), buf, 0); err != nil {
				t.Fatal(err)
			}
		}
		mustCheck(t, c)
		st := c.Stats()
		t.Logf("%6d bytes: %5.1f%% live, %5.1f%% used, resident %d MB", phase.size,
			100*float64(st.LiveBytes)/float64(budget), 100*float64(st.UsedBytes)/float64(budget), resident(t)>>20)
		if st.LiveBytes < int64(phase.percent)*budget/100 {
			t.Errorf("%d byte values: only %d%% of the budget is live", phase.size, 100*st.LiveBytes/budget)
		}
		if st.UsedBytes > budget {
			t.Errorf("%d bytes used of %d", st.UsedBytes, budget)
		}
		if rss := resident(t); !poisonFreed && rss > budget+30<<20 {
			t.Errorf("resident memory is %d MB", rss>>20)
		}
	}
}

// resident is the process's resident memory in bytes.
func resident(t testing.TB) int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("SKIPPED: resident memory is read from /proc: %v", err)
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			return kb << 10
		}
	}
	t.Fatal("no VmRSS")
	return 0
}
