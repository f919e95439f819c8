package trace

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// described are 10 keys with 60% of the requests, and 90 with 40%, of which each number drawn stands for two.
const described = `{"popularityBuckets": [10, 90, 0], "popularityWeights": [6, 4, 0], "oneHits": 0.25, "numKeys": 50}
{"valSizeRange": [0, 100, 1000], "valSizeRangeProbability": [0, 3, 1]} `

func drawAll(t *testing.T, text string) []string {
	t.Helper()
	r, err := NewReader(strings.NewReader(text), "")
	if err != nil {
		t.Fatal(err)
	}
	all, err := read(r)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDistribution checks that what is drawn has the shares that were described, and is the same each time.
func TestDistribution(t *testing.T) {
	const n = 100_000
	all := drawAll(t, described+`{"numOps": 100000}`)
	popular, rest, large, sizes, once := 0, 0, 0, map[uint64]string{}, uint64(0)
	for _, q := range all {
		fields := strings.Fields(q)
		key, err := strconv.ParseUint(fields[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if size, ok := sizes[key]; ok && size != fields[3] {
			t.Fatalf("key %d has %s and %s bytes", key, size, fields[3])
		}
		if _, ok := sizes[key]; !ok && fields[3] == "1000" {
			large++
		}
		sizes[key] = fields[3]
		switch {
		case key < 5:
			popular++
		case key < 50:
			rest++
		default:
			if key != 50+once {
				t.Fatalf("key %d after %d others that are asked for once", key, once)
			}
			once++
		}
	}
	for _, share := range []struct {
		what      string
		got, want float64
	}{
		{"popular", float64(popular) / n, .75 * .6}, {"rest", float64(rest) / n, .75 * .4}, {"asked for once", float64(once) / n, .25},
		{"keys that are large", float64(large) / float64(len(sizes)), .25},
	} {
		if math.Abs(share.got-share.want) > .01 {
			t.Errorf("%s: a share of %.3f, want %.3f", share.what, share.got, share.want)
		}
	}
	if len(all) != n || len(sizes) != 50+int(once) {
		t.Errorf("%d requests of %d keys, %d of them once", len(all), len(sizes), once)
	}
	if !slices.Equal(all, drawAll(t, described+`{"numOps": 100000}`)) {
		t.Error("the same description gave other requests")
	}
	keys, _, _ := strings.Cut(described, "\n")
	if slices.Equal(drawAll(t, keys+`{"numOps": 1000}`), drawAll(t, keys+`{"numOps": 1000, "seed": 1}`)) {
		t.Error("another seed gave the same keys")
	}
	if all := drawAll(t, strings.Replace(described, "[6, 4, 0]", "[60, 30, 0]", 1)); len(all) != 120 {
		t.Errorf("%d requests; 90 and a quarter of all are described", len(all))
	}
}

func TestDistributionErrors(t *testing.T) {
	const popularity = `{"popularityBuckets": [1, 2], "popularityWeights": [3, 4]}`
	for _, c := range []struct{ text, want string }{
		{`{"popularityBuckets": [1]}`, "no popularityWeights; "},
		{`{"valSizeRange": [1, 2], "valSizeRangeProbability": [3, 4]}`, "no popularityBuckets; the objects"},
		{`{"popularityBuckets": [0], "popularityWeights": [3]}`, "popularityBuckets: the sum of 1 numbers is 0"},
		{`{"popularityBuckets": [1, -1], "popularityWeights": [3, 4]}`, "popularityBuckets: -1 is less than 0"},
		{`{"popularityBuckets": [1], "popularityWeights": [1e300]}`, "popularityWeights: the sum of 1 numbers is 1e+300"},
		{`{"popularityBuckets": [1], "popularityWeights": [3, 4]}`, "1 popularityBuckets and 2 popularityWeights"},
		{popularity + `{"oneHits": 1}`, "oneHits 1 is no share"},
		{popularity + `{"numKeys": 4}`, "numKeys 4: there are 1 to 3"},
		{popularity + `{"numOps": -1}`, "numOps -1"},
		{popularity + `{"valSizeRange": [1, 2, 3], "valSizeRangeProbability": [3, 4]}`, "valSizeRange has 3 sizes and valSizeRangeProbability 2"},
		{popularity + `{"valSizeRange": [1, -2], "valSizeRangeProbability": [3, 4]}`, "-2 is not a number of bytes"},
		{popularity + `{"valSizeRange": [1], "valSizeRangeProbability": [0]}`, "valSizeRangeProbability: the sum"},
		{popularity + `{"numOps": "many"}`, "offset 76: read the description: json: cannot unmarshal"},
		{popularity + `{`, "read the description: unexpected EOF"},
		{popularity + strings.Repeat(" ", mostDescription), "longer than 4194304 bytes"},
	} {
		if _, err := NewReader(strings.NewReader(c.text), ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.90q: %v, want %q", c.text, err, c.want)
		}
	}
}
