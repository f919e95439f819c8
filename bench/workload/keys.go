package workload

import (
	"fmt"
	"strconv"
	"strings"
)

// Keys are the keys of a workload, by number from 0 to Len-1.
type Keys struct {
	n      uint64
	digits int // in each key, so that keys of all lengths differ
	sizes  sizes
	prefix string
	filler string // the prefix, repeated
}

// DefaultPrefix is what keys begin with, as far as it fits. No other tool's keys do.
const DefaultPrefix = "cgb:"

// newKeys returns n keys that begin with a prefix; "" stands for the default one.
func newKeys(n uint64, s sizes, prefix string) *Keys {
	k := &Keys{n: n, digits: len(strconv.FormatUint(max(n, 1)-1, 10)), sizes: s, prefix: prefix}
	if prefix == "" {
		prefix = DefaultPrefix
	}
	k.filler = strings.Repeat(prefix, 1+16/len(prefix))
	return k
}

// Len is the number of keys.
func (k *Keys) Len() uint64 { return k.n }

// MaxSize is the length of the longest key in bytes.
func (k *Keys) MaxSize() int {
	return k.sizes.max
}

// Append appends key number i to dst: text ending in the number in decimal.
func (k *Keys) Append(dst []byte, i uint64) []byte {
	size := k.sizes.max
	if k.sizes.min != k.sizes.max {
		size = k.sizes.at(float64(hash(i)>>11) / (1 << 53))
	}
	from := len(dst)
	for fill := max(size-12, len(k.prefix)); fill > 0; {
		n := min(fill, len(k.filler))
		dst = append(dst, k.filler[:n]...)
		fill -= n
	}
	width := size - (len(dst) - from)
	dst = append(dst, "000000000000000000000"[:width]...)
	at := len(dst)
	for ; i >= 1000; i /= 1000 {
		at -= 3
		copy(dst[at:at+3], thousand[i%1000][:])
	}
	for ; i > 0; i /= 10 {
		at--
		dst[at] = byte('0' + i%10)
	}
	return dst
}

// AppendCounter appends the key of counter number i.
func (k *Keys) AppendCounter(dst []byte, i uint64) []byte {
	dst = append(append(dst, k.filler[:k.start()]...), "counter:"...)
	from := len(dst)
	dst = append(dst, "000000"...)
	for at := from + 5; i > 0 && at >= from; at-- {
		dst[at] = byte('0' + i%10)
		i /= 10
	}
	return dst
}

// start is the length of the prefix.
func (k *Keys) start() int {
	if k.prefix == "" {
		return len(DefaultPrefix)
	}
	return len(k.prefix)
}

// thousand holds the digits of 0 to 999. Dividing digit by digit would be most of the cost of a key.
var thousand = func() (t [1000][3]byte) {
	for i := range t {
		copy(t[i][:], fmt.Sprintf("%03d", i))
	}
	return t
}()
