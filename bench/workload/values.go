package workload

import (
	"bytes"
	"math/rand/v2"
)

// Values makes and checks values. It is not changed once made, so any goroutine may use it.
//
// A value of 11 bytes or more is 8 characters of checksum, 3 of version and a body. The checksum
// covers the salt, the key's number, the version and the length; the body is a piece of a fixed text
// whose place follows from the checksum. Shorter values have less of these: under 8 bytes there is no
// version. All characters are letters, digits, - and _, so that every dialect can carry them.
type Values struct {
	salt  uint64
	block []byte
}

const (
	sumChars     = 8
	versionChars = 3
	// versionMask selects the bits of a version that a value stores.
	versionMask = 1<<(6*versionChars) - 1
	offsets     = 4096 // places in the block where bodies begin
	alphabet    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// NewValues returns the values of a seed.
func NewValues(seed uint64) *Values {
	v := &Values{salt: hash(seed), block: make([]byte, Limit+1024+offsets)}
	r := rand.NewPCG(seed, 1)
	for i := range v.block {
		v.block[i] = alphabet[r.Uint64()>>58]
	}
	return v
}

// header says how many characters of checksum and of version a value of size bytes has.
func header(size int) (sum, version int) {
	if size < sumChars {
		return size, 0
	}
	return min(sumChars, size-versionChars), versionChars
}

func (v *Values) sum(key uint64, version uint32, size int) uint64 {
	return hash(v.salt ^ hash(key^uint64(version)<<44^uint64(size)<<24^uint64(size)<<8))
}

// Append appends the value of the given size that version of key has.
func (v *Values) Append(dst []byte, key uint64, version uint32, size int) []byte {
	nsum, nver := header(size)
	if nver == 0 {
		version = 0
	}
	version &= versionMask
	sum := v.sum(key, version, size)
	off := int(sum>>48) % offsets
	s := sum
	for range nsum {
		dst = append(dst, alphabet[s&63])
		s >>= 6
	}
	for range nver {
		dst = append(dst, alphabet[version&63])
		version >>= 6
	}
	rest := size - nsum - nver
	for rest > len(v.block)-off { // beyond any limit: only for requests that are to be refused
		dst = append(dst, v.block[off:]...)
		rest -= len(v.block) - off
	}
	return append(dst, v.block[off:off+rest]...)
}

// Check reports whether value is one that Append made for key, and which version; known is false for
// values too short to have one.
func (v *Values) Check(key uint64, value []byte) (version uint32, known, ok bool) {
	nsum, nver := header(len(value))
	for i := nver - 1; i >= 0; i-- {
		d := digit[value[nsum+i]]
		if d > 63 {
			return 0, false, false
		}
		version = version<<6 | uint32(d)
	}
	sum := v.sum(key, version, len(value))
	s := sum
	for i := range nsum {
		if value[i] != alphabet[s&63] {
			return 0, false, false
		}
		s >>= 6
	}
	off := int(sum>>48) % offsets
	body := value[nsum+nver:]
	if len(body) > len(v.block)-off || !bytes.Equal(body, v.block[off:off+len(body)]) {
		return 0, false, false
	}
	return version, nver > 0, true
}

// digit is the place of each character in the alphabet, 255 for others.
var digit = func() (d [256]byte) {
	for i := range d {
		d[i] = 255
	}
	for i, c := range []byte(alphabet) {
		d[c] = byte(i)
	}
	return d
}()
