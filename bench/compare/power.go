package compare

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// spread is the deviation that normal differences would have if their middle were as uncertain as that of d. Unlike the
// standard deviation it is not made by a few disturbed pairs, which the signed-rank test bears well.
func (s *signedRank) spread(d []float64) float64 {
	const doubt = 0.1
	_, low, high := s.interval(d, doubt)
	z := distuv.UnitNormal.Quantile(1 - doubt/2)
	return (high - low) / 2 / z * math.Sqrt(float64(len(d)))
}

// quantiles are how far from no difference a figure, one of so many, must be for a verdict, and how much further for a
// verdict in 19 of 20 cases, in standard errors.
func quantiles(figures int) (verdict, found float64) {
	return distuv.UnitNormal.Quantile(1 - alpha/2/float64(figures)), distuv.UnitNormal.Quantile(power)
}

// smallest is the change of a logarithm that n pairs with such a spread show with the wanted power. Half of the squared
// quantile is what the test loses because the spread is learned from the same pairs.
func smallest(n int, spread float64, figures int) float64 {
	a, b := quantiles(figures)
	if n < fewest(figures) || float64(n) <= a*a/2 {
		return math.Inf(1)
	}
	return (a + b) * spread / math.Sqrt(float64(n)-a*a/2)
}

// pairsFor is how many pairs show a change of a logarithm with the wanted power.
func pairsFor(change, spread float64, figures int) int {
	a, b := quantiles(figures)
	n := math.Pow((a+b)*spread/change, 2) + a*a/2
	return max(fewest(figures), int(math.Ceil(min(n, mostPairs))))
}

// mostPairs bounds what pairsFor answers.
const mostPairs = 10_000

// fewest is the number of pairs from which on a verdict is possible: all of n signs are the same by chance with a
// probability of 2^(1-n).
func fewest(figures int) int {
	n := 1
	for math.Pow(2, float64(1-n))*float64(figures) >= alpha {
		n++
	}
	return n
}

// careful is a spread which the true one exceeds only in one of ten cases, if n pairs show the given one. Plans made of
// what few pairs show would otherwise ask for too few in half of the cases.
func careful(spread float64, n int) float64 {
	if n < 2 {
		return math.Inf(1)
	}
	nu := float64(n - 1)
	return spread * math.Sqrt(nu/distuv.ChiSquared{K: nu}.Quantile(0.1))
}
