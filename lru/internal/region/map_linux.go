package region

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Create gives f its size, maps it, and writes the header of an empty table, whose state is Begun. f must be new and empty.
func Create(f *os.File, g Geometry, seed uint64) (*Region, error) {
	if !g.valid() {
		return nil, fmt.Errorf("create a table: geometry %+v is not valid", g)
	}
	if info, err := f.Stat(); err != nil {
		return nil, fmt.Errorf("create a table: %w", err)
	} else if info.Size() != g.Size() {
		if err := f.Truncate(g.Size()); err != nil {
			return nil, fmt.Errorf("create a table of %d bytes: %w", g.Size(), err)
		}
	}
	r, err := mapFile(f, g, unix.PROT_READ|unix.PROT_WRITE)
	if err != nil {
		return nil, err
	}
	// Write the controls and the header through the file first: on a file system without room that is an error, where a
	// store to the mapping would end the process.
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	instance := [2]uint64{binary.NativeEndian.Uint64(random[:8]), binary.NativeEndian.Uint64(random[8:])}
	if _, err := f.WriteAt(make([]byte, g.classesAt()), 0); err != nil {
		r.Unmap()
		return nil, fmt.Errorf("create a table: %w", err)
	}
	r.Header().init(g, seed, instance)
	return r, nil
}

// Open maps the file of a table that an earlier process made, for the process that goes on with it. The errors are those
// of the system, ErrLayout, and ErrDamaged.
func Open(f *os.File) (*Region, error) { return open(f, unix.PROT_READ|unix.PROT_WRITE) }

// View maps the file of a table for reading. The errors are those of Open.
func View(f *os.File) (*Region, error) { return open(f, unix.PROT_READ) }

func open(f *os.File, prot int) (*Region, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open a table: %w", err)
	}
	var h Header
	b := unsafe.Slice((*byte)(unsafe.Pointer(&h)), unsafe.Sizeof(h))
	if info.Size() < align {
		return nil, fmt.Errorf("open a table of %d bytes: %w", info.Size(), ErrLayout)
	}
	if _, err := f.ReadAt(b, 0); err != nil {
		return nil, fmt.Errorf("open a table: %w", err)
	}
	g, err := h.geometry()
	if err != nil {
		return nil, fmt.Errorf("open a table: %w", err)
	}
	if info.Size() != g.Size() {
		return nil, fmt.Errorf("open a table: it has %d bytes, not %d: %w", info.Size(), g.Size(), ErrDamaged)
	}
	return mapFile(f, g, prot)
}

func mapFile(f *os.File, g Geometry, prot int) (*Region, error) {
	b, err := unix.Mmap(int(f.Fd()), 0, int(g.Size()), prot, unix.MAP_SHARED|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("map a table of %d bytes: %w", g.Size(), err)
	}
	_ = unix.Madvise(b, unix.MADV_NOHUGEPAGE) // memory becomes resident only as it is touched
	return &Region{Geometry: g, b: b}, nil
}

// Blank frees what the mapping holds, in place: it only has zeros from then on, whatever its readers are doing, and stays
// mapped until Unmap. A reader that has read one of these zeros reads nothing else any more: the system takes the file from
// all processors before it puts zeros there, and the header goes first.
func (r *Region) Blank() error {
	// The pages first, for which other threads need not wait, in contrast to a change of the mappings.
	_ = unix.Madvise(r.b, unix.MADV_DONTNEED)
	const flags = unix.MAP_FIXED | unix.MAP_PRIVATE | unix.MAP_ANON | unix.MAP_NORESERVE
	for _, part := range [][]byte{r.b[:align], r.b[align:]} {
		if _, err := unix.MmapPtr(-1, 0, unsafe.Pointer(&part[0]), uintptr(len(part)), unix.PROT_READ, flags); err != nil {
			return fmt.Errorf("blank a table of %d bytes: %w", r.Size(), err)
		}
	}
	return nil
}

// Unmap gives up the mapping. Nobody may use it, or a part of it, any more.
func (r *Region) Unmap() { _ = unix.Munmap(r.b) }
