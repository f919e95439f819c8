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
		"example": {"": "server_B1", "a": "server_A1", "user:42": "server_A1", "user:43": "server_A1", "session/0f3c": "server_A1", "\x00\xff\n": "server_B1", "日本": "server_A1"},
		"ten":     {"": "group_9", "a": "group_3", "user:42": "group_8", "user:43": "group_2", "session/0f3c": "group_1", "\x00\xff\n": "group_8", "日本": "group_9"},
		"weights": {"k0": "e", "k1": "e", "k73": "d", "k137": "c", "k244": "c", "k313": "a", "k342": "d", "k642": "a", "k949": "b", "k1122": "b"},
	}
	tables := map[string]uint64{
		"example": 0xde296649749e5f56,
		"ten":     0xc9014f6626a5c846,
		"weights": 0x8ce37d520e3f7975,
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
	for key, want := range map[string]int{"": 61254, "user:42": 56351, "\x00\xff\n": 59247} {
		if got := SlotOf(Hash(key)); got != want {
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
