package workload

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Limit is the most bytes that key and value may have together.
const Limit = 65536

// sizes maps an even draw from [0, 1) to a size in bytes, so that each key has a size of its own that
// stays. Max is the largest.
type sizes struct {
	at       func(u float64) int
	min, max int
	mean     float64
}

const sizesHelp = "BYTES, FROM-TO, lognormal:MEDIAN:SIGMA, or weights:BYTES=WEIGHT,BYTES=WEIGHT"

// parseSizes reads a description of sizes; most bounds them where the description does not.
func parseSizes(what, s string, most int) (sizes, error) {
	fail := func(why string) (sizes, error) {
		return sizes{}, fmt.Errorf("%s size %q: %s; give %s", what, s, why, sizesHelp)
	}
	if rest, ok := strings.CutPrefix(s, "lognormal:"); ok {
		return logNormal(rest, most, fail)
	}
	if rest, ok := strings.CutPrefix(s, "weights:"); ok {
		return weighted(rest, fail)
	}
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		to = from
	}
	a, err := ParseBytes(from)
	b, err2 := ParseBytes(to)
	switch {
	case err != nil || err2 != nil:
		return fail("not a size")
	case a > b:
		return fail("FROM is larger than TO")
	}
	return sizes{at: func(u float64) int { return a + int(u*float64(b-a+1)) }, min: a, max: b, mean: float64(a+b) / 2}, nil
}

// maxWeight and maxBytes keep sums of them far from what numbers can hold.
const (
	maxWeight = 1e12
	maxBytes  = 1 << 50
)

// logNormal is the shape that sizes of cached values are often found to have: most are small, few
// are very large.
func logNormal(rest string, most int, fail func(string) (sizes, error)) (sizes, error) {
	m, s, _ := strings.Cut(rest, ":")
	median, err := ParseBytes(m)
	sigma, err2 := strconv.ParseFloat(s, 64)
	if err != nil || err2 != nil || median < 1 || !(sigma > 0 && sigma <= 10) {
		return fail("MEDIAN is bytes and SIGMA over 0 and at most 10")
	}
	at := func(u float64) int {
		x := float64(median) * math.Exp(sigma*math.Sqrt2*math.Erfinv(2*u-1))
		return int(min(max(x, 1), float64(most)))
	}
	const draws = 10000
	total := 0 // an integer, as a sum of fractions may round to a mean below the least size
	for i := range draws {
		total += at((float64(i) + 0.5) / draws)
	}
	return sizes{at: at, min: 1, max: most, mean: float64(total) / draws}, nil
}

func weighted(rest string, fail func(string) (sizes, error)) (sizes, error) {
	var bytes []int
	var upTo []float64
	total, mean := 0.0, 0.0
	for part := range strings.SplitSeq(rest, ",") {
		b, w, ok := strings.Cut(part, "=")
		size, err := ParseBytes(b)
		weight, err2 := strconv.ParseFloat(w, 64)
		if !ok || err != nil || err2 != nil || !(weight >= 0 && weight <= maxWeight) {
			return fail(fmt.Sprintf("%q is not BYTES=WEIGHT", part))
		}
		total += weight
		mean += weight * float64(size)
		bytes, upTo = append(bytes, size), append(upTo, total)
	}
	if total <= 0 {
		return fail("the weights add up to nothing")
	}
	s := sizes{min: bytes[0], max: bytes[0]}
	for _, b := range bytes {
		s.min, s.max = min(s.min, b), max(s.max, b)
	}
	s.mean = min(max(mean/total, float64(s.min)), float64(s.max)) // the quotient may be rounded out of these bounds
	s.at = func(u float64) int {
		for i, t := range upTo {
			if u*total < t {
				return bytes[i]
			}
		}
		return bytes[len(bytes)-1]
	}
	return s, nil
}

// ParseBytes parses a number of bytes, for example 64, 4KB (4,096) or 1.5MB.
func ParseBytes(s string) (int, error) {
	text, unit := strings.TrimSpace(s), 1
	for _, u := range []struct {
		suffix string
		n      int
	}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(text), u.suffix); ok {
			text, unit = rest, u.n
			break
		}
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= maxBytes/unit {
		return n * unit, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || unit == 1 || !(f >= 0 && f*float64(unit) <= maxBytes) {
		return 0, fmt.Errorf("%q is not a number of bytes, for example 64 or 4KB", s)
	}
	return int(f * float64(unit)), nil
}
