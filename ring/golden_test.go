package ring

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// These vectors hold in every version and on every machine. A change that
// breaks one moves every user's keys: do not make it.
func TestGoldenVectors(t *testing.T) {
	rings := map[string][]Group{
		"example": {{ID: "server_A1"}, {ID: "server_B1"}},
		"ten":     numbered(10),
		"weights": {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 5}, {"e", 1000}},
	}
	keys := map[string]map[string]string{
		"example": {"": "server_B1", "a": "server_B1", "user:42": "server_A1", "user:43": "server_A1", "\x00\xff\n": "server_A1", "日本": "server_A1", "{user:42}.cart": "server_A1"},
		"ten":     {"": "group_1", "a": "group_7", "user:42": "group_7", "user:43": "group_0", "session/0f3c": "group_3", "\x00\xff\n": "group_8", "日本": "group_6", "{user:42}.cart": "group_7"},
		"weights": {"k0": "e", "k40": "d", "k170": "c", "k289": "b", "k346": "c", "k393": "d", "k527": "a", "k811": "b", "k936": "a"},
	}
	tables := map[string]uint64{
		"example": 0x8de833216682f46e,
		"ten":     0x548f94e169464376,
		"weights": 0xa2fefe90e73a9ff9,
	}
	for name, gs := range rings {
		r := mustNew(t, gs)
		for key, want := range keys[name] {
			if got := r.Group(r.Locate(key)).ID; got != want {
				t.Errorf("%s: key %q is in %q, want %q", name, key, got, want)
			}
		}
		if got := tableSum(r); got != tables[name] {
			t.Errorf("%s: the table's checksum is %#x, want %#x", name, got, tables[name])
		}
	}
	for key, want := range map[string]int{"": 0, "user:42": 15880, "\x00\xff\n": 8885} {
		if got := Slot(key); got != want {
			t.Errorf("slot of %q is %d, want %d", key, got, want)
		}
	}
}

func tableSum(r *Ring) uint64 {
	var b []byte
	for _, g := range r.table {
		b = binary.LittleEndian.AppendUint16(b, g)
	}
	return xxhash.Sum64(b)
}

// This compares the integer logarithms with floating point: they must be close
// enough to give correct shares.
func TestCostFollowsTheLogarithm(t *testing.T) {
	last := uint64(math.MaxUint64)
	for h := uint64(1); ; {
		got := float64(cost(h)) / (1 << fracBits)
		want := 64 - math.Log2(float64(h|1))
		if math.Abs(got-want) > 1e-7 {
			t.Fatalf("cost(%#x) = %v, want %v", h, got, want)
		}
		if c := cost(h); c > last {
			t.Fatalf("cost grows at %#x", h)
		} else {
			last = c
		}
		next := h + h/977 + 1
		if next < h {
			break
		}
		h = next
	}
	if c := cost(math.MaxUint64); c > 1<<fracBits/1000 {
		t.Errorf("the largest hash costs %d", c)
	}
	if cost(0) != cost(1) {
		t.Error("hash 0 has no cost of its own")
	}
}

func seedsOf(r *Ring) []uint64 {
	seeds := make([]uint64, r.Len())
	for i := range seeds {
		seeds[i] = xxhash.Sum64String(r.Group(i).ID)
	}
	return seeds
}
