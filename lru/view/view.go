//go:build linux && amd64 && !race

package view

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/internal/index"
	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// Supported reports whether this build can read a table.
const Supported = true

// View is a mapping of the file of a table that can only be read. Its methods may be called from any goroutine. The mapping
// is given up once the View is garbage, and what it holds at Release.
type View struct {
	header  *region.Header
	seed    uint64
	shift   uint // bits of a hash that do not choose the shard
	shards  []shard
	region  *region.Region
	release sync.Once
	guard   guard
}

// shard is two cache lines long, so that each lookup loads as few of them as can be.
type shard struct {
	control *region.Control
	arena   memory.Outside
	index   index.Outside
	_       [128 - 8 - 24 - 64]byte
}

// Open maps the file of a table, as lru.Cache.SharedFile returns it. f must be sealed against being shortened: otherwise reading
// may end the process, and OpenUnsealed is what to call. The caller may close f. The errors are those of the system, and
// lru.ErrLayout and lru.ErrDamaged.
func Open(f *os.File) (*View, error) {
	r, err := region.View(f)
	if err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	v := &View{header: r.Header(), seed: r.Header().Seed, shift: 64 - r.ShardBits(), shards: make([]shard, r.Shards), region: r}
	classes := memory.NewClasses(r.PageShift)
	for i := range v.shards {
		s := &v.shards[i]
		s.control, s.arena = r.Control(i), memory.NewOutside(r.Arena(i), classes)
		s.index = index.NewOutside(r, i, &s.arena)
	}
	runtime.AddCleanup(v, (*region.Region).Unmap, r)
	return v, nil
}

// Current reports whether the table is the one that the cache uses. A table that once was not never is again.
func (v *View) Current() bool {
	if v.guard.inner != nil {
		return v.guardedCurrent()
	}
	current := v.header.State() == region.InUse
	runtime.KeepAlive(v)
	return current
}

// Release frees the file's memory at once, as far as this mapping keeps it, while others read: from then on the table is not
// current and has zeros only. A lookup in progress may take some of both, and even find the shard unchanged, so whoever
// releases views must ask Current after each lookup. If the system refuses, the memory stays until the View is garbage.
func (v *View) Release() {
	if v.guard.inner != nil {
		v.guard.inner.Release()
		return
	}
	v.release.Do(func() { _ = v.region.Blank() })
	runtime.KeepAlive(v) // else the addresses might be given up meanwhile, and be something else's
}

// Hash is the hash of a key.
func (v *View) Hash(key []byte) uint64 { return index.Hash(v.seed, key) }

const (
	tries = 4  // lookups in a shard that is changed meanwhile
	polls = 32 // looks at a shard that is being changed, before each of them
)

// Get appends the value of key, whose hash is h, to dst; now is the time in milliseconds since the epoch, by the clock of
// the cache. expiry is when the entry expires, 0: never. ok is false if there is no such entry, or none that could be read:
// the owner of the cache knows.
func (v *View) Get(dst []byte, h uint64, key []byte, now int64) (value []byte, expiry int64, ok bool) {
	if v.guard.inner != nil {
		return v.guardedGet(dst, h, key, now)
	}
	s := &v.shards[h>>v.shift]
	var e memory.Outline
	for range tries {
		seq, found, sound := s.find(&e, h, key)
		if !sound {
			continue
		}
		if !found || e.Expiry != 0 && e.Expiry <= now {
			break
		}
		// The length has been checked, so that no stale one makes dst grow.
		dst = slices.Grow(dst, e.ValueLen())
		value, whole := s.arena.AppendValue(dst, &e)
		if s.unchanged(seq) && whole {
			runtime.KeepAlive(v)
			return value, e.Expiry, true
		}
	}
	runtime.KeepAlive(v)
	return dst, 0, false
}

// Expiry returns when the entry of key, whose hash is h, expires: milliseconds since the epoch, 0: never. now and ok are as
// with Get.
func (v *View) Expiry(h uint64, key []byte, now int64) (expiry int64, ok bool) {
	if v.guard.inner != nil {
		return v.guardedExpiry(h, key, now)
	}
	s := &v.shards[h>>v.shift]
	var e memory.Outline
	for range tries {
		_, found, sound := s.find(&e, h, key)
		if !sound {
			continue
		}
		if found && (e.Expiry == 0 || e.Expiry > now) {
			expiry, ok = e.Expiry, true
		}
		break
	}
	runtime.KeepAlive(v)
	return expiry, ok
}

// find looks the entry of key up once, and sets e if there is one. sound is false if the shard was changed meanwhile; otherwise
// it was as it is at the sequence number seq.
func (s *shard) find(e *memory.Outline, h uint64, key []byte) (seq uint32, found, sound bool) {
	seq, even := s.begin()
	if !even {
		return 0, false, false
	}
	found = s.index.Find(e, h, key)
	return seq, found, s.unchanged(seq)
}

// begin returns the shard's sequence number before a lookup. even is false while the shard is changed, for some time.
//
// On amd64 a processor makes loads in the order of the program, and so does the compiler where they are atomic: what is
// loaded between begin and unchanged is as it was at one moment, if both see the same number.
func (s *shard) begin() (seq uint32, even bool) {
	for range polls {
		if seq = atomic.LoadUint32(&s.control.Seq); seq&1 == 0 {
			return seq, true
		}
	}
	return seq, false
}

// unchanged reports whether the shard has not been changed since begin.
func (s *shard) unchanged(seq uint32) bool { return atomic.LoadUint32(&s.control.Seq) == seq }
