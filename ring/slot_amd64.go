//go:build !race

//lint:file-ignore U1000 slot_amd64.s refers to what nothing here does

package ring

// multiplies reports whether the processor can multiply polynomials, so that a CRC needs no table: whether it has PCLMULQDQ
// and SSSE3 (Intel, SDM volume 2, "CPUID").
var multiplies = features()&(1<<1|1<<9) == 1<<1|1<<9

// features returns what CPUID's leaf 1 leaves in ECX.
func features() uint32

// slotOfString and slotOfBytes are slot without a table. That takes 5 instead of 11 ns for 16 bytes, and leaves the processor's
// cache to other data. Keys of less than 8 bytes, and those with a tag of less than 8 bytes or beyond the first 16, are left to
// tableOfString and tableOfBytes, as are all on a processor that cannot multiply polynomials.
//
//go:noescape
func slotOfString(key string) int

//go:noescape
func slotOfBytes(key []byte) int

func tableOfString(key string) int { return slot(key) }

func tableOfBytes(key []byte) int { return slot(key) }
