package region

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/cespare/xxhash/v2"
)

// Errors of Open and View.
var (
	// ErrLayout is returned for a file of another layout or version, or of none.
	ErrLayout = errors.New("another layout")
	// ErrDamaged is returned for a file whose header contradicts itself.
	ErrDamaged = errors.New("damaged")
)

// The states of a file.
const (
	Begun    = 0 // its contents do not count: there are none yet, or it is being filled
	InUse    = 1 // a process has it, or had it when it was killed
	Detached = 2 // a clean stop has written the state
	Retired  = 3 // the contents move to another table, which counts
	Closed   = 4 // the contents were given up
)

// magic opens every file, whatever its version.
const magic = 0x61626c7470676301 // 0x01 "cgptlba"

// Header is the first page of a file. The fields up to Sum are constant.
type Header struct {
	Magic     uint64
	Version   uint32
	Shards    uint32
	PageShift uint32
	_         uint32
	Reserve   uint64
	Seed      uint64    // of the hash
	Instance  [2]uint64 // random: tells this table from all others
	Sum       uint64    // checksum of the fields above

	StateLen uint64 // bytes of the state, valid while Detached
	StateSum uint64 // its checksum

	// Use is what the cache evicts by, as package lru encodes it; 0: a former version wrote the file.
	Use atomic.Uint32

	_     [128 - 84]byte
	state atomic.Uint32 // in a cache line of its own
}

// State is Begun, InUse, Detached, Retired or Closed; a reader may trust the contents only while it is InUse.
func (h *Header) State() uint32 { return h.state.Load() }

// SetState changes the state.
func (h *Header) SetState(state uint32) { h.state.Store(state) }

// init fills in the constant fields.
func (h *Header) init(g Geometry, seed uint64, instance [2]uint64) {
	h.Magic, h.Version = magic, Version
	h.Shards, h.PageShift, h.Reserve = uint32(g.Shards), uint32(g.PageShift), uint64(g.Reserve)
	h.Seed, h.Instance = seed, instance
	h.Sum = h.sum()
}

func (h *Header) sum() uint64 {
	return xxhash.Sum64(unsafe.Slice((*byte)(unsafe.Pointer(h)), unsafe.Offsetof(h.Sum)))
}

// geometry checks the constant fields.
func (h *Header) geometry() (Geometry, error) {
	switch {
	case h.Magic != magic:
		return Geometry{}, fmt.Errorf("no table of a store: %w", ErrLayout)
	case h.Version != Version:
		return Geometry{}, fmt.Errorf("version %d of the layout, this program has %d: %w", h.Version, Version, ErrLayout)
	case h.Sum != h.sum():
		return Geometry{}, fmt.Errorf("checksum of the header: %w", ErrDamaged)
	}
	g := Geometry{Shards: int(h.Shards), PageShift: uint(h.PageShift), Reserve: int64(h.Reserve)}
	if !g.valid() {
		return Geometry{}, fmt.Errorf("geometry %+v: %w", g, ErrDamaged)
	}
	return g, nil
}
