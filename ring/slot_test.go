package ring

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// Slots as the specification of Redis Cluster gives them, and as redis-server 7 answers CLUSTER KEYSLOT.
func TestSlot(t *testing.T) {
	for key, want := range map[string]int{
		"": 0, "123456789": 12739, "foo": 12182, "bar": 5061, "hello": 866,
		"{user1000}.following": 3443, "{user1000}.followers": 3443, "user1000": 3443,
		"foo{}{bar}": 8363, "foo{{bar}}zap": 4015, "foo{bar}{zap}": 5061, "{": 4092, "}{a": 12925, "{a}": 15495, "a": 15495,
	} {
		if got := Slot(key); got != want {
			t.Errorf("slot of %q is %d, want %d", key, got, want)
		}
		if got := SlotBytes([]byte(key)); got != want {
			t.Errorf("slot of the bytes %q is %d, want %d", key, got, want)
		}
	}
}

// The CRC by eight bytes is that by bits.
func TestCRC16(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		b := make([]byte, n)
		var want uint16
		for i := range b {
			b[i] = byte(rnd.Uint32())
			want ^= uint16(b[i]) << 8
			for range 8 {
				if want&0x8000 != 0 {
					want = want<<1 ^ 0x1021
				} else {
					want <<= 1
				}
			}
		}
		if got := crc16(b); got != want {
			t.Fatalf("CRC of %d bytes is %#x, want %#x", n, got, want)
		}
		if got := crc16(string(b)); got != want {
			t.Fatalf("CRC of a string of %d bytes is %#x, want %#x", n, got, want)
		}
	}
}

// A slot is the CRC of the tag at every length of the key and wherever its braces stand.
func TestSlotAtEveryLength(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	check := func(key []byte) {
		want := int(crc16(Tag(string(key))) % Slots)
		if got := SlotBytes(key); got != want {
			t.Fatalf("slot of the bytes %q is %d, want %d", key, got, want)
		}
		if got := Slot(string(key)); got != want {
			t.Fatalf("slot of %q is %d, want %d", key, got, want)
		}
		if got := slot(key); got != want {
			t.Fatalf("slot of %q by the table is %d, want %d", key, got, want)
		}
	}
	for n := range 70 {
		plain := make([]byte, n)
		for i := range plain {
			if plain[i] = byte(rnd.Uint32()); plain[i] == '{' || plain[i] == '}' {
				plain[i] = 'x'
			}
		}
		check(plain)
		for open := range n {
			for end := open + 1; end <= n; end++ {
				key := append(make([]byte, 0, n), plain...)
				if key[open] = '{'; end < n {
					key[end] = '}'
				}
				check(key)
			}
		}
		for range 300 {
			key := make([]byte, n)
			for i := range key {
				if key[i] = 'x'; rnd.IntN(8) == 0 {
					key[i] = "{}"[rnd.IntN(2)]
				}
			}
			check(key)
		}
	}
}

// The assembly finds the slots that the table gives.
func FuzzSlot(f *testing.F) {
	for _, key := range []string{"", "user:00000012345", "{user:1234}.name", "{{user:1234}}.name", "user:1234", "user:{}000000000012345678", "user:1234567890123456{user:1234}"} {
		f.Add([]byte(key))
	}
	f.Fuzz(func(t *testing.T, key []byte) {
		want := slot(key)
		if got := SlotBytes(key); got != want {
			t.Errorf("slot of the bytes %q is %d, by the table %d", key, got, want)
		}
		if got := Slot(string(key)); got != want {
			t.Errorf("slot of %q is %d, by the table %d", key, got, want)
		}
	})
}

func FuzzTag(f *testing.F) {
	for _, key := range []string{"", "{", "{}", "{a}", "a{b}c", "}{", "{{a}}", "{a}{b}"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if Slot(key) != SlotBytes([]byte(key)) {
			t.Errorf("%q has two slots", key)
		}
		want := key
		if _, behind, ok := strings.Cut(key, "{"); ok {
			if tag, _, ok := strings.Cut(behind, "}"); ok && tag != "" {
				want = tag
			}
		}
		if got := Tag(key); got != want {
			t.Errorf("tag of %q is %q, want %q", key, got, want)
		}
	})
}
