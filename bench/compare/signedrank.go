package compare

import (
	"cmp"
	"math"
	"slices"
)

// signedRank is the distribution of Wilcoxon's signed-rank statistic of n pairs: the sum of the ranks of those whose sign
// is positive, if every sign is a coin's.
type signedRank struct {
	n     int
	below []float64 // below[w] is the probability of w or less
}

func newSignedRank(n int) *signedRank {
	most := n * (n + 1) / 2
	p := make([]float64, most+1)
	p[0] = 1
	for rank, top := 1, 0; rank <= n; rank++ {
		top += rank
		for w := top; w >= 0; w-- {
			if p[w] /= 2; w >= rank {
				p[w] += p[w-rank] / 2
			}
		}
	}
	sum := 0.0
	for w := range p {
		sum += p[w]
		p[w] = sum
	}
	return &signedRank{n, p}
}

// test is the probability that the signs of d are at least as one-sided by chance. Ties share the mean of their ranks, and
// a difference of 0 counts half for each side, which makes the test slightly too careful.
func (s *signedRank) test(d []float64) float64 {
	order := slices.SortedFunc(slices.Values(d), func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	w := 0.0
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && math.Abs(order[j]) == math.Abs(order[i]) {
			j++
		}
		rank := float64(i+1+j) / 2
		for ; i < j; i++ {
			switch {
			case order[i] > 0:
				w += rank
			case order[i] == 0:
				w += rank / 2
			}
		}
	}
	most := float64(len(s.below) - 1)
	return min(1, 2*s.below[int(math.Ceil(min(w, most-w)))])
}

// interval returns the middle of d, the median of the means of all its pairs (Hodges and Lehmann), and the bounds between
// which the true middle lies with probability 1-alpha; infinite if d is too short for that.
func (s *signedRank) interval(d []float64, alpha float64) (middle, low, high float64) {
	means := make([]float64, 0, len(s.below))
	for i, x := range d {
		for _, y := range d[i:] {
			means = append(means, (x+y)/2)
		}
	}
	slices.Sort(means)
	middle = medianOfSorted(means)
	k := 0
	for k < len(means)/2 && s.below[k] <= alpha/2 {
		k++
	}
	if k == 0 {
		return middle, math.Inf(-1), math.Inf(1)
	}
	return middle, means[k-1], means[len(means)-k]
}

func medianOfSorted(v []float64) float64 {
	n := len(v)
	if n == 0 {
		return math.NaN()
	}
	return (v[(n-1)/2] + v[n/2]) / 2
}
