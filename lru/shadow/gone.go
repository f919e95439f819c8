package shadow

import "sync/atomic"

// Gone notes removals of keys that no bank is shown at once, for RemoveGone. Its methods may be called at any time.
//
// It has a bit for all keys of which these bits of the hash are equal: where one is noted that no bank knows, another one may be
// taken for it.
type Gone struct {
	some atomic.Bool
	bits goneBits[atomic.Uint64]
}

type goneBits[W any] [1 << 10]W

// place is where the bit of a hash is. It takes lower bits of what Sampled compares, as a small sample has no others.
func place(h uint64) (word int, bit uint64) { return int(h >> 6 % (1 << 10)), 1 << (h % 64) }

// Note says that what is stored under a key of the hash is gone.
func (g *Gone) Note(hash uint64) {
	word, bit := place(hash * spread)
	if g.bits[word].Load()&bit == 0 {
		g.bits[word].Or(bit)
	}
	if !g.some.Load() {
		g.some.Store(true)
	}
}

// Forget says that a key of the hash is stored again.
func (g *Gone) Forget(hash uint64) {
	if word, bit := place(hash * spread); g.bits[word].Load()&bit != 0 {
		g.bits[word].And(^bit)
	}
}

// RemoveGone replays the removals that g noted in all banks, and makes g forget them.
func RemoveGone(g *Gone, banks []*Bank) {
	if !g.some.Swap(false) {
		return
	}
	var noted goneBits[uint64]
	for i := range noted {
		noted[i] = g.bits[i].Swap(0)
	}
	for _, b := range banks {
		for k := 1; k < len(b.keys.hash); k++ {
			if word, bit := place(b.keys.hash[k]); b.keys.refs[k] > 0 && noted[word]&bit != 0 {
				b.removeKey(uint16(k))
			}
		}
	}
}
