package workload

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// chiSquared fails the test when draws that should follow expect would come out this far from it
// in less than one of 100,000 cases. Seeds are fixed, so a test that passes once passes always.
func chiSquared(t *testing.T, seen []int, expect []float64) {
	t.Helper()
	n := 0
	for _, s := range seen {
		n += s
	}
	x, cells := 0.0, 0
	restSeen, restExpect := 0.0, 0.0
	for i, p := range expect {
		e := p * float64(n)
		if e < 8 { // too few for the approximation: pooled
			restSeen += float64(seen[i])
			restExpect += e
			continue
		}
		x += (float64(seen[i]) - e) * (float64(seen[i]) - e) / e
		cells++
	}
	if restExpect >= 8 {
		x += (restSeen - restExpect) * (restSeen - restExpect) / restExpect
		cells++
	} else if restSeen > 5*restExpect+20 {
		t.Errorf("%.0f draws where %.1f were expected", restSeen, restExpect)
	}
	p := distuv.ChiSquared{K: float64(cells - 1)}.Survival(x)
	t.Logf("chi-squared %.1f over %d cells, p = %.4f", x, cells, p)
	if p < 1e-5 {
		t.Errorf("chi-squared %.1f over %d cells: p = %g", x, cells, p)
	}
}

func zipfShares(n int, theta float64) []float64 {
	p := make([]float64, n)
	sum := 0.0
	for i := range p {
		p[i] = math.Pow(float64(i+1), -theta)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

func TestZipfFollowsItsLaw(t *testing.T) {
	for _, theta := range []float64{0.2, 0.5, 0.8, 0.99, 1, 1.2, 2, 3} {
		for _, n := range []int{2, 10, 1000} {
			z, r := newZipf(uint64(n), theta), rand.NewPCG(7, 11)
			seen := make([]int, n)
			for range 200_000 {
				seen[z.next(r)]++
			}
			t.Logf("theta %g, %d ranks", theta, n)
			chiSquared(t, seen, zipfShares(n, theta))
		}
	}
}

// The test above can fail: it distinguishes another law.
func TestChiSquaredTellsLawsApart(t *testing.T) {
	z, r := newZipf(1000, 0.99), rand.NewPCG(7, 11)
	seen := make([]int, 1000)
	for range 200_000 {
		seen[z.next(r)]++
	}
	probe := &testing.T{}
	chiSquared(probe, seen, zipfShares(1000, 0.95))
	if !probe.Failed() {
		t.Error("draws with theta 0.99 pass as draws with theta 0.95")
	}
}

func draws(t *testing.T, dist string, n uint64, count int, write bool) []int {
	t.Helper()
	mk, err := newChooser(dist, n)
	if err != nil {
		t.Fatal(err)
	}
	c, r := mk(0, 1), rand.NewPCG(3, 5)
	seen := make([]int, n)
	for range count {
		seen[c.next(r, write)]++
	}
	return seen
}

func even(n int) []float64 {
	p := make([]float64, n)
	for i := range p {
		p[i] = 1 / float64(n)
	}
	return p
}

func TestUniform(t *testing.T) { chiSquared(t, draws(t, "uniform", 1000, 200_000, false), even(1000)) }

func TestZipfScatteredKeepsItsShares(t *testing.T) {
	seen := draws(t, "zipf:0.99", 1000, 200_000, false)
	s := newScatter(1000)
	byRank := make([]int, 1000)
	for i := range byRank {
		byRank[i] = seen[s.at(uint64(i))]
	}
	chiSquared(t, byRank, zipfShares(1000, 0.99))
}

func TestHotSpot(t *testing.T) {
	seen := draws(t, "hot:0.1:0.9", 1000, 200_000, false)
	s := newScatter(1000)
	got := make([]int, 1000)
	want := make([]float64, 1000)
	for i := range got {
		got[i] = seen[s.at(uint64(i))]
		want[i] = 0.9 / 100
		if i >= 100 {
			want[i] = 0.1 / 900
		}
	}
	chiSquared(t, got, want)
}

func TestSequentialTakesAllInTurn(t *testing.T) {
	for i, n := range draws(t, "sequential", 777, 777*3, false) {
		if n != 3 {
			t.Fatalf("key %d was drawn %d times of 3", i, n)
		}
	}
}

func TestLatestReadsWhatWasWritten(t *testing.T) {
	mk, err := newChooser("latest:0.99", 1000)
	if err != nil {
		t.Fatal(err)
	}
	c, r := mk(0, 1), rand.NewPCG(3, 5)
	back := make([]int, 1000)
	for i := range 200_000 {
		w := c.next(r, true)
		if w != uint64(i)%1000 {
			t.Fatalf("write %d went to key %d", i, w)
		}
		back[(w+1000-c.next(r, false))%1000]++
	}
	chiSquared(t, back, zipfShares(1000, 0.99))
}

func TestScatterIsAPermutation(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 10, 97, 1000, 4096, 99_991} {
		s := newScatter(n)
		seen := make([]bool, n)
		for i := range n {
			j := s.at(i)
			if seen[j] {
				t.Fatalf("of %d, two become %d", n, j)
			}
			seen[j] = true
		}
	}
}

func TestDriftWandersAndScanWalks(t *testing.T) {
	for _, dist := range []string{"drift:0.9", "scan:0.9"} {
		mk, err := newChooser(dist, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		c, r := mk(0, 1), rand.NewPCG(3, 5)
		hottest := func() (key uint64, keys int) {
			seen := map[uint64]int{}
			for range 10_000 {
				seen[c.next(r, false)]++
			}
			best := 0
			for k, n := range seen {
				if n > best {
					best, key = n, k
				}
			}
			return key, len(seen)
		}
		a, n := hottest()
		var b uint64
		for range 50 {
			b, _ = hottest()
		}
		t.Logf("%s: the hottest is first %d, then %d; %d keys in 10,000 requests", dist, a, b, n)
		if moved := a != b; moved != (dist == "drift:0.9") {
			t.Errorf("%s: the hottest key moved: %v", dist, moved)
		}
	}
}

func TestMixKeepsItsShares(t *testing.T) {
	m, err := parseMix("get=70,set=20,delete=5,mget=1,incr=3,ttl=1")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.NewPCG(1, 2)
	seen := make([]int, Kinds)
	for range 200_000 {
		seen[m.next(r)]++
	}
	chiSquared(t, seen, m.share[:])
	if m, err = parseMix("set=3"); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if k := m.next(r); k != Set {
			t.Fatalf("a mix of sets gave %s", k)
		}
	}
}

func TestSizes(t *testing.T) {
	w, err := Compile(Spec{Keys: 200_000, Value: "weights:10=1,100=2,1000=7"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]int{}
	for k := range uint64(200_000) {
		seen[w.ValueSize(k)]++
	}
	chiSquared(t, []int{seen[10], seen[100], seen[1000]}, []float64{0.1, 0.2, 0.7})

	s, err := parseSizes("value", "lognormal:200:1", Limit)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.NewPCG(5, 6)
	below200, below544 := 0, 0
	for range 100_000 {
		switch x := s.at(unit(r)); {
		case x < 200:
			below200++
		case x < 544: // one sigma up: 200 e
			below544++
		}
	}
	chiSquared(t, []int{below200, below544, 100_000 - below200 - below544}, []float64{0.5, 0.3413, 0.1587})
}

func BenchmarkNext(b *testing.B) {
	for _, dist := range []string{"uniform", "zipf:0.99", "latest:0.99", "drift:0.9"} {
		b.Run(dist, func(b *testing.B) {
			w, err := Compile(Spec{Keys: 10_000_000, Dist: dist}, 1)
			if err != nil {
				b.Fatal(err)
			}
			s := w.Sequence(0, 1, 0)
			var r Request
			for b.Loop() {
				s.Next(&r)
			}
		})
	}
}
