package ring

import (
	"math/bits"
	"sync"
)

// The logarithm is computed on integers: the last bit of math.Log may differ
// between architectures, and a slot's group must not.

const (
	logSteps = 12 // 2^12 segments of log2 over [1,2)
	fracBits = 56 // fraction bits of cost; the integer part, at most 64, fits above them
)

// logTable holds log2(1 + i/2^logSteps) in fixed point, i = 0 to 2^logSteps.
var logTable = sync.OnceValue(func() *[1<<logSteps + 1]uint64 {
	var t [1<<logSteps + 1]uint64
	for i := range 1 << logSteps {
		// Squaring x in [1,2) doubles its logarithm: whenever the square
		// reaches 2, the next binary digit is 1 and the square is halved.
		x := uint64(1)<<63 + uint64(i)<<(63-logSteps)
		for digit := 1; digit <= fracBits; digit++ {
			hi, _ := bits.Mul64(x, x)
			if hi>>63 == 1 {
				t[i] |= 1 << (fracBits - digit)
				x = hi
			} else {
				x = hi << 1
			}
		}
	}
	t[1<<logSteps] = 1 << fracBits
	return &t
})

// cost returns -log2(h/2^64) in fixed point: large for small h, never growing with
// h. Interpolation between the table's points is off by at most 1e-8. That does not
// affect the balance; it only matters that all machines compute the same.
func cost(h uint64) uint64 {
	h |= 1 // log2(0) is not a number
	zeros := bits.LeadingZeros64(h)
	m := h << zeros << 1 // the digits after the leading one
	seg := m >> (64 - logSteps)
	t := logTable()
	low, high := t[seg], t[seg+1]
	add, _ := bits.Mul64(m<<logSteps, high-low)
	return uint64(zeros+1)<<fracBits - (low + add)
}
