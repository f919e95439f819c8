package workload

import "math/bits"

// scatter is a permutation of 0 to n-1 that puts neighbours far apart, so that hot keys are
// not neighbours in a server's memory.
type scatter struct{ n, factor, shift uint64 }

func newScatter(n uint64) scatter {
	// Near the golden section of n neighbours spread evenly; the next factor without a common
	// divisor makes it a permutation.
	f := uint64(float64(n)*0.6180339887) | 1
	for gcd(f, n) != 1 {
		f += 2
	}
	return scatter{n: n, factor: f % max(n, 2), shift: n / 3}
}

func (s scatter) at(i uint64) uint64 {
	if s.n < 2 {
		return 0
	}
	if s.n <= 1<<32 {
		return (i*s.factor + s.shift) % s.n
	}
	hi, lo := bits.Mul64(i, s.factor)
	lo, carry := bits.Add64(lo, s.shift, 0)
	return bits.Rem64(hi+carry, lo, s.n)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// hash mixes x (the finalizer of SplitMix64).
func hash(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
