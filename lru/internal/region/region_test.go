package region

import (
	"testing"
	"unsafe"
)

// TestLayout pins the layout of this package's structs: whoever changes it must change Version.
func TestLayout(t *testing.T) {
	var h Header
	var c Control
	for _, f := range []struct {
		what      string
		got, want uintptr
	}{
		{"Header", unsafe.Sizeof(h), 136},
		{"Header.Version", unsafe.Offsetof(h.Version), 8},
		{"Header.Reserve", unsafe.Offsetof(h.Reserve), 24},
		{"Header.Seed", unsafe.Offsetof(h.Seed), 32},
		{"Header.Sum", unsafe.Offsetof(h.Sum), 56},
		{"Header.StateLen", unsafe.Offsetof(h.StateLen), 64},
		{"Header.state", unsafe.Offsetof(h.state), 128},
		{"Control", unsafe.Sizeof(c), controlStride},
		{"Control.Depth", unsafe.Offsetof(c.Depth), 8},
		{"Control.Flushes", unsafe.Offsetof(c.Flushes), 20},
	} {
		if f.got != f.want {
			t.Errorf("%s: %d, want %d", f.what, f.got, f.want)
		}
	}
}

// TestParts asks that the parts of all geometries lie one behind the other, without overlap, within the size.
func TestParts(t *testing.T) {
	for shards := 1; shards <= maxShards; shards *= 2 {
		for shift := uint(minPageShift); shift <= maxPageShift; shift++ {
			for _, reserve := range []int64{arenaStep, 6 * arenaStep, 1 << 30, maxReserve} {
				g := Geometry{Shards: shards, PageShift: shift, Reserve: reserve}
				if !g.valid() {
					t.Fatalf("%+v is not valid", g)
				}
				last := shards - 1
				ends := []int64{0, g.ControlAt(0), g.ControlAt(last) + controlStride, g.ClassesAt(0), g.ClassesAt(last) + g.Pages(),
					g.DirectoriesAt(), g.DirectoriesAt() + 8*g.DirectoryAt(0, 0), g.DirectoriesAt() + 8*g.DirectoryWords(), g.ArenaAt(0), g.ArenaAt(last) + reserve, g.StateAt(), g.Size()}
				for i := 1; i < len(ends); i++ {
					if ends[i] < ends[i-1] {
						t.Fatalf("%+v: part %d ends at %d, after %d", g, i, ends[i], ends[i-1])
					}
				}
				if g.ArenaAt(0)%arenaStep != 0 || g.DirectoriesAt()%align != 0 || g.ClassesAt(last)%align != 0 {
					t.Fatalf("%+v is not aligned", g)
				}
				depth := HashBits - g.ShardBits()
				if end := g.DirectoryAt(last, depth) + 1<<depth; end != g.DirectoryWords() {
					t.Fatalf("%+v: the directories end at word %d of %d", g, end, g.DirectoryWords())
				}
			}
		}
	}
}
