package region

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func memfd(t *testing.T) *os.File {
	t.Helper()
	fd, err := unix.MemfdCreate("table", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Skipf("SKIPPED: no memfd: %v", err)
	}
	f := os.NewFile(uintptr(fd), "table")
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestCreateAndOpen writes to every part of a file through one mapping and reads it through others.
func TestCreateAndOpen(t *testing.T) {
	f := memfd(t)
	g := Geometry{Shards: 4, PageShift: 13, Reserve: 4 << 20}
	r, err := Create(f, g, 42, true)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Unmap()
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW); err != nil {
		t.Fatal(err)
	}
	r.Header().SetState(InUse)
	for i := range g.Shards {
		r.Control(i).Depth = uint32(i + 1)
		classes, dir, arena := r.Classes(i), r.Directory(i, 5), r.Arena(i)
		classes[0], classes[len(classes)-1] = byte(i+1), byte(i+2)
		dir[0], dir[len(dir)-1] = uint64(i+3), uint64(i+4)
		arena[0], arena[len(arena)-1] = byte(i+5), byte(i+6)
	}
	state := r.State()
	state[0], state[len(state)-1] = 8, 9
	for what, open := range map[string]func(*os.File) (*Region, error){"Open": func(f *os.File) (*Region, error) { return Open(f, true) }, "View": View} {
		o, err := open(f)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if h := o.Header(); o.Geometry != g || h.Seed != 42 || h.State() != InUse || h.Instance != r.Header().Instance {
			t.Errorf("%s: %+v, %+v", what, o.Geometry, h)
		}
		for i := range g.Shards {
			classes, dir, arena := o.Classes(i), o.Directory(i, 5), o.Arena(i)
			if o.Control(i).Depth != uint32(i+1) || classes[0] != byte(i+1) || classes[len(classes)-1] != byte(i+2) ||
				dir[0] != uint64(i+3) || dir[len(dir)-1] != uint64(i+4) || arena[0] != byte(i+5) || arena[len(arena)-1] != byte(i+6) {
				t.Errorf("%s: shard %d differs", what, i)
			}
		}
		if s := o.State(); s[0] != 8 || s[len(s)-1] != 9 {
			t.Errorf("%s: the state differs", what)
		}
		o.Unmap()
	}
}

// TestOpenRefuses opens files that are none, or of another version, or damaged.
func TestOpenRefuses(t *testing.T) {
	g := Geometry{Shards: 1, PageShift: 12, Reserve: 2 << 20}
	for what, c := range map[string]struct {
		change func(f *os.File, h *Header)
		want   error
	}{
		"empty":         {func(f *os.File, _ *Header) { _ = f.Truncate(0) }, ErrLayout},
		"short":         {func(f *os.File, _ *Header) { _ = f.Truncate(g.Size() - 4096) }, ErrDamaged},
		"magic":         {func(_ *os.File, h *Header) { h.Magic++ }, ErrLayout},
		"version":       {func(_ *os.File, h *Header) { h.Version++ }, ErrLayout},
		"seed":          {func(_ *os.File, h *Header) { h.Seed++ }, ErrDamaged},
		"shards":        {func(_ *os.File, h *Header) { h.Shards = 3; h.Sum = h.sum() }, ErrDamaged},
		"many shards":   {func(_ *os.File, h *Header) { h.Shards = 2048; h.Sum = h.sum() }, ErrDamaged},
		"page shift":    {func(_ *os.File, h *Header) { h.PageShift = 60; h.Sum = h.sum() }, ErrDamaged},
		"reserve":       {func(_ *os.File, h *Header) { h.Reserve = 1 << 63; h.Sum = h.sum() }, ErrDamaged},
		"other reserve": {func(_ *os.File, h *Header) { h.Reserve *= 2; h.Sum = h.sum() }, ErrDamaged},
	} {
		f := memfd(t)
		r, err := Create(f, g, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		c.change(f, r.Header())
		r.Unmap()
		if _, err := Open(f, false); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
}
