package region

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Create gives f its size, maps it, and writes the header of an empty table, whose state is Begun. f must be new and empty. large
// allows pages of LargePage bytes; it REQUIRES SmallByDefault.
func Create(f *os.File, g Geometry, seed uint64, large bool) (*Region, error) {
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
	r, err := mapFile(f, g, unix.PROT_READ|unix.PROT_WRITE, large)
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

// Open maps the file of a table that an earlier process made, for the process that goes on with it; large is as with Create. The
// errors are those of the system, ErrLayout, and ErrDamaged.
func Open(f *os.File, large bool) (*Region, error) {
	return open(f, unix.PROT_READ|unix.PROT_WRITE, large)
}

// View maps the file of a table for reading. The errors are those of Open.
func View(f *os.File) (*Region, error) { return open(f, unix.PROT_READ, SmallByDefault()) }

func open(f *os.File, prot int, large bool) (*Region, error) {
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
	return mapFile(f, g, prot, large)
}

// mapFile maps the file at an address that is a multiple of LargePage, so that pages of that size can serve the mapping.
func mapFile(f *os.File, g Geometry, prot int, large bool) (*Region, error) {
	size := uintptr(g.Size())
	p, err := unix.MmapPtr(-1, 0, nil, size+LargePage, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("map a table of %d bytes: %w", size, err)
	}
	skip := -uintptr(p) % LargePage
	at := unsafe.Add(p, skip)
	if _, err := unix.MmapPtr(int(f.Fd()), 0, at, size, prot, unix.MAP_FIXED|unix.MAP_SHARED|unix.MAP_NORESERVE); err != nil {
		_ = unix.MunmapPtr(p, size+LargePage)
		return nil, fmt.Errorf("map a table of %d bytes: %w", size, err)
	}
	if skip > 0 {
		_ = unix.MunmapPtr(p, skip)
	}
	_ = unix.MunmapPtr(unsafe.Add(at, size), LargePage-skip)
	b := unsafe.Slice((*byte)(at), size)
	if !large {
		_ = unix.Madvise(b, unix.MADV_NOHUGEPAGE) // memory becomes resident only as it is touched
	}
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
func (r *Region) Unmap() { _ = unix.MunmapPtr(unsafe.Pointer(&r.b[0]), uintptr(len(r.b))) }
