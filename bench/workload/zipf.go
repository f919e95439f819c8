package workload

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// zipf draws ranks from 0 to n-1, rank k with a probability proportional to 1/(k+1)^theta, for any
// theta over 0. It inverts the integral of the hat function and rejects what falls between hat and
// distribution (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone
// discrete distributions", 1996), so that it needs no table and a constant time however many
// ranks there are. Hardly any draw is rejected.
type zipf struct {
	n      float64
	theta  float64
	oneMin float64 // 1 - theta
	lower  float64 // integral at 1.5, less the weight of the first rank
	span   float64 // integral at n + 0.5, less lower
	cut    float64 // a draw this close to its rank is accepted without looking further
}

func newZipf(n uint64, theta float64) *zipf {
	z := &zipf{n: float64(n), theta: theta, oneMin: 1 - theta}
	z.lower = z.integral(1.5) - 1
	z.span = z.integral(z.n+0.5) - z.lower
	z.cut = 2 - z.inverse(z.integral(2.5)-z.weight(2))
	return z
}

func (z *zipf) next(r *rand.PCG) uint64 {
	for {
		u := z.lower + unit(r)*z.span
		x := z.inverse(u)
		k := math.Floor(x + 0.5)
		k = min(max(k, 1), z.n)
		if k-x <= z.cut || u >= z.integral(k+0.5)-z.weight(k) {
			return uint64(k) - 1
		}
	}
}

// weight is 1/x^theta.
func (z *zipf) weight(x float64) float64 { return math.Exp(-z.theta * math.Log(x)) }

// integral is the integral of weight from 1 to x.
func (z *zipf) integral(x float64) float64 {
	l := math.Log(x)
	return expm1Over(z.oneMin*l) * l
}

// inverse is the x whose integral is u.
func (z *zipf) inverse(u float64) float64 {
	t := max(u*z.oneMin, -1)
	return math.Exp(log1pOver(t) * u)
}

// expm1Over is (e^x - 1) / x, also near 0.
func expm1Over(x float64) float64 {
	if math.Abs(x) > 1e-8 {
		return math.Expm1(x) / x
	}
	return 1 + x/2
}

// log1pOver is log(1 + x) / x, also near 0.
func log1pOver(x float64) float64 {
	if math.Abs(x) > 1e-8 {
		return math.Log1p(x) / x
	}
	return 1 - x/2
}

// unit draws from [0, 1).
func unit(r *rand.PCG) float64 { return float64(r.Uint64()>>11) / (1 << 53) }

// below draws from 0 to n-1; the bias is under n/2^64.
func below(r *rand.PCG, n uint64) uint64 {
	hi, _ := bits.Mul64(r.Uint64(), n)
	return hi
}
