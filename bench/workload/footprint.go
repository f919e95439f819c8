package workload

import "math"

// footprint estimates how many different keys there are, and how large they are, from those whose hash is low enough.
// It is exact for up to sampledKeys keys.
type footprint struct {
	sizes map[uint64]int // by hash, the largest seen
	below uint64         // hashes from here on are not looked at
}

const sampledKeys = 1 << 16

// see notes a request for a key with the given hash and size.
func (f *footprint) see(hash uint64, size int) {
	if f.sizes == nil {
		f.sizes, f.below = map[uint64]int{}, math.MaxUint64
	}
	if hash > f.below {
		return
	}
	if old, ok := f.sizes[hash]; !ok || size > old {
		f.sizes[hash] = size
	}
	for len(f.sizes) > sampledKeys {
		f.below /= 2
		for h := range f.sizes {
			if h > f.below {
				delete(f.sizes, h)
			}
		}
	}
}

// estimate returns the number of keys, and their mean size.
func (f *footprint) estimate() (keys uint64, mean float64) {
	if len(f.sizes) == 0 {
		return 0, 0
	}
	sum := 0.0
	for _, s := range f.sizes {
		sum += float64(s)
	}
	share := float64(f.below) / math.MaxUint64
	return uint64(math.Round(float64(len(f.sizes)) / share)), sum / float64(len(f.sizes))
}
