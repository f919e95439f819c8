package lru

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestCurveOfPrefixes compares what a cache predicts for two prefixes with what they do in caches of half and twice the memory.
// The second one has five times as many keys.
func TestCurveOfPrefixes(t *testing.T) {
	seed, requests := testSeed(t), scale(80_000)
	fill := func(times float64) []PrefixStats {
		c := newTestCache(t, Options{MaxMemory: int64(times * (4 << 20)), Watch: true, Prefixes: []Prefix{{Name: "few:"}, {Name: "many:"}}})
		c.watch.most = 1 << 30
		r := rand.New(rand.NewPCG(seed, 0))
		few, many := newZipf(20_000, .9), newZipf(100_000, .9)
		for range requests / 2 {
			for _, key := range []string{fmt.Sprint("few:", few.draw(r)), fmt.Sprint("many:", many.draw(r))} {
				if _, ok := c.GetString(nil, key); ok {
					continue
				}
				if err := c.SetString(key, make([]byte, 100+len(key)*10), 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		return c.Prefixes()
	}
	predicted := fill(1)
	for _, times := range []float64{.5, 1, 2} {
		for i, of := range fill(times) {
			want := float64(of.Hits) / float64(of.Hits+of.Misses)
			for _, p := range predicted[i].Points {
				if p.Times != times {
					continue
				}
				t.Logf("%s %v of the memory: predicted %.4f by %.0f reads, measured %.4f", of.Name, times, p.HitRatio, predicted[i].Sampled, want)
				if !poisonFreed && math.Abs(p.HitRatio-want) > .03 {
					t.Errorf("%s %v of the memory: predicted %.4f, measured %.4f", of.Name, times, p.HitRatio, want)
				}
			}
		}
	}
}

// TestCurveOfPrefixesBeginsAnew has a prefix whose reads hit until something changes and miss from then on: only the latter count,
// even if nobody asked for a prediction before the change.
func TestCurveOfPrefixesBeginsAnew(t *testing.T) {
	for name, change := range map[string]func(c Shards) error{
		"another prefix": func(c Shards) error { return c.SetPrefixes([]Prefix{{Name: "longer:"}, {Name: "a:"}}) },
		"another limit":  func(c Shards) error { return c.SetLimits(0, 8<<20) },
		"another floor":  func(c Shards) error { return c.SetPrefixes([]Prefix{{Name: "a:", Min: 1 << 20}}) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestCache(t, Options{MaxMemory: 4 << 20, Watch: true, Prefixes: []Prefix{{Name: "a:"}}})
			c.watch.most = 1 << 30
			if err := c.SetString("a:1", []byte("value"), 0); err != nil {
				t.Fatal(err)
			}
			for range 5000 {
				c.GetString(nil, "a:1")
			}
			if err := change(c); err != nil {
				t.Fatal(err)
			}
			for i := range 1000 {
				c.GetString(nil, fmt.Sprint("a:x", i))
			}
			all := c.Prefixes()
			of := all[len(all)-1]
			if of.Hits != 5000 || of.Misses != 1000 || of.Sampled != 1000 {
				t.Fatalf("%+v", of)
			}
			for _, p := range of.Points {
				if p.HitRatio > .01 {
					t.Errorf("%v of the memory: predicted %.3f", p.Times, p.HitRatio)
				}
			}
		})
	}
}
