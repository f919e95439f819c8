package workload

import "github.com/cachegopher/cachegopher/bench/offheap"

// trackedKeys is how many keys of a trace have the versions of their values checked. The table takes 24 bytes for each.
const trackedKeys = 1 << 19

// untracked marks the numbers of keys whose versions are not checked.
const untracked = 1 << 63

// keyNumbers gives the keys of a trace their numbers: the first ones to come the numbers from 0 on, the others their
// hash and the bit untracked. A key keeps its number.
type keyNumbers struct {
	slots *offheap.Table[numberSlot] // a power of two, at most half of them used
	most  uint64
	n     uint64
}

type numberSlot struct {
	hash   uint64
	number uint32 // from 1; 0: free
}

func newKeyNumbers(most uint64) *keyNumbers {
	size := uint64(2)
	for size < 2*most {
		size *= 2
	}
	return &keyNumbers{slots: offheap.New[numberSlot](size), most: most}
}

// of returns the number of the key with the given hash.
func (k *keyNumbers) of(hash uint64) uint64 {
	mask := uint64(k.slots.Len() - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		switch s := k.slots.At(i); {
		case s.number == 0 && k.n < k.most:
			k.n++
			s.hash, s.number = hash, uint32(k.n)
			return k.n - 1
		case s.number == 0:
			return hash | untracked
		case s.hash == hash:
			return uint64(s.number) - 1
		}
	}
}
