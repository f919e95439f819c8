package shadow

// index numbers the keys of a bank; the smaller one saves memory.
type index interface{ ~uint16 | ~uint32 }

// keys are the keys that a bank knows, each as long as a simulation refers to it. Key 0 is none.
type keys[N index] struct {
	buckets []N // the first key of each chain
	chain   []N // the next key of the same bucket, or of the free ones
	free    N
	used    int
	hash    []uint64
	size    []uint32 // bytes
	refs    []uint8
	missed  []bool  // the last read found nothing, so that a write follows
	part    []uint8 // 1 and the number of the part that the key is of; 0: of none
}

// newKeys has room for n keys.
func newKeys[N index](n int) *keys[N] {
	k := &keys[N]{
		buckets: make([]N, powerOfTwo(n)),
		chain:   make([]N, n+1),
		hash:    make([]uint64, n+1),
		size:    make([]uint32, n+1),
		refs:    make([]uint8, n+1),
		missed:  make([]bool, n+1),
		part:    make([]uint8, n+1),
	}
	k.clear()
	return k
}

// clear takes all keys away, whoever refers to them.
func (k *keys[N]) clear() {
	clear(k.buckets)
	clear(k.refs)
	k.free, k.used = 0, 0
	for i := len(k.hash) - 1; i > 0; i-- {
		k.chain[i], k.free = k.free, N(i)
	}
}

func (k *keys[N]) bucket(h uint64) *N { return &k.buckets[h&uint64(len(k.buckets)-1)] }

// find returns the key of the hash, 0 if there is none.
func (k *keys[N]) find(h uint64) N {
	i := *k.bucket(h)
	for i != 0 && k.hash[i] != h {
		i = k.chain[i]
	}
	return i
}

// add makes a key for a hash that has none. REQUIRES: free != 0.
func (k *keys[N]) add(h uint64, size uint32) N {
	i, b := k.free, k.bucket(h)
	k.free = k.chain[i]
	k.hash[i], k.size[i], k.refs[i], k.missed[i], k.part[i] = h, size, 0, false, 0
	k.chain[i], *b = *b, i
	k.used++
	return i
}

// evenness is 1 if all keys have one size, and the less the more of the bytes are those of few.
func (k *keys[N]) evenness() float64 {
	sum, squares := 0.0, 0.0
	for i, refs := range k.refs {
		if size := float64(k.size[i]); refs > 0 {
			sum += size
			squares += size * size
		}
	}
	if squares == 0 {
		return 1
	}
	return sum * sum / squares / float64(k.used)
}

// release takes a reference away, and with the last one the key.
func (k *keys[N]) release(i N) {
	if k.refs[i]--; k.refs[i] > 0 {
		return
	}
	p := k.bucket(k.hash[i])
	for *p != i {
		p = &k.chain[*p]
	}
	*p = k.chain[i]
	k.chain[i], k.free = k.free, i
	k.used--
}
