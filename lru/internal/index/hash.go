package index

import (
	"encoding/binary"
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// The constants of XXH64 (Yann Collet, xxHash specification, "XXH64 Algorithm").
const (
	prime1 = 11400714785074694791
	prime2 = 14029467366897019727
	prime3 = 1609587929392839161
	prime4 = 9650029242287828579
	prime5 = 2870177450012600261
)

// Hash is XXH64 of key with a seed. It hashes keys shorter than one stripe of 32 bytes, nearly all keys, by itself: the
// library takes a seed only with a digest, which costs several times as much for short keys.
func Hash(seed uint64, key []byte) uint64 {
	if len(key) >= 32 {
		return hashLong(seed, key)
	}
	h := seed + prime5 + uint64(len(key))
	for ; len(key) >= 8; key = key[8:] {
		k := bits.RotateLeft64(binary.LittleEndian.Uint64(key)*prime2, 31) * prime1
		h = bits.RotateLeft64(h^k, 27)*prime1 + prime4
	}
	if len(key) >= 4 {
		h ^= uint64(binary.LittleEndian.Uint32(key)) * prime1
		h = bits.RotateLeft64(h, 23)*prime2 + prime3
		key = key[4:]
	}
	for _, b := range key {
		h = bits.RotateLeft64(h^uint64(b)*prime5, 11) * prime1
	}
	h ^= h >> 33
	h *= prime2
	h ^= h >> 29
	h *= prime3
	return h ^ h>>32
}

func hashLong(seed uint64, key []byte) uint64 {
	var d xxhash.Digest
	d.ResetWithSeed(seed)
	_, _ = d.Write(key)
	return d.Sum64()
}
