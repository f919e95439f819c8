package lru

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// Errors of Attach on which a caller decides; each means that the file cannot serve and a new one must be made.
var (
	// ErrLayout is returned for a file of another version of the layout.
	ErrLayout = region.ErrLayout
	// ErrDamaged is returned for a file that contradicts itself as a whole.
	ErrDamaged = region.ErrDamaged
	// ErrDropped is returned for a file whose contents do not count: another table is current, Close was called, or the
	// process died while the cache was being filled (SetWhole).
	ErrDropped = errors.New("lru: the contents of the file were given up")
	// ErrNoSharing is returned by New and Attach for shared memory where CanShare is false.
	ErrNoSharing = errors.New("lru: this build has no shared memory")
	// ErrNotShared is returned by Detach of a cache in private memory.
	ErrNotShared = errors.New("lru: the cache is in private memory")
)

// CanShare reports whether this build supports Options.Shared: it needs Linux, and no build tag that has memory watched, as
// the race detector does.
const CanShare = memory.CanShare

// Attached says what Attach found.
type Attached struct {
	Clean      bool   // Detach wrote the state, and it was whole
	State      []byte // that Detach was given; nil unless Clean
	Entries    int64
	Shards     int
	LostShards int           // emptied, because they were being changed when the process died, or are damaged
	Faults     []error       // of some of the lost shards that are damaged, and of a state that is
	Took       time.Duration // to attach
}

// Attach returns a cache with the entries that an earlier process left in f, whether it ended with Detach or was killed, and
// whatever its policy was. AUTO begins with what the file was last used by, if that is a policy that AUTO chooses.
// It goes on with the file's seed and geometry, whatever o says of them; if o's budgets need a very different
// geometry, the entries then move to another table, as after SetLimits.
//
// The cache owns f from then on, like a file from Options.Shared; on an error it stays the caller's. The errors are
// ErrLayout, ErrDamaged, ErrDropped, those of New, and those of the system.
//
// After a clean stop it checks only the checksum of the state, and Curve and AUTO go on with the sample that they had.
// After any other end, it empties the shards that were being changed, checks and rebuilds all others, and empties those
// that do not pass.
func Attach(f *os.File, o Options) (*Cache, Attached, error) {
	start := time.Now()
	var at Attached
	if !CanShare || o.Shared == nil {
		return nil, at, fmt.Errorf("lru: attach: %w", ErrNoSharing)
	}
	c := newCache(o)
	o, err := o.withDefaults()
	if err != nil {
		return nil, at, err
	}
	want := o.plan()
	if err := want.fits(o); err != nil {
		return nil, at, err
	}
	c.watch, c.prefixes = c.newWatch(o), newPrefixes(o.Prefixes)
	c.watch.setParts(c.prefixes, &partCounts{})
	t, err := c.attachTable(f)
	if err != nil {
		return nil, at, fmt.Errorf("lru: attach: %w", err)
	}
	c.fill(t, &at)
	t.switchPolicy(c.used().policy)
	for i := range t.shards {
		t.shards[i].setApart(t.shards[i].countedAnew(c.prefixes))
	}
	c.begin(t, o)
	if !t.serves(want, o) {
		c.limits.Lock()
		err := c.setLimits(o)
		c.limits.Unlock()
		if err != nil {
			at.Faults = append(at.Faults, err)
		}
	}
	at.Entries, at.Shards = c.Len(), len(t.shards)
	c.watch.attached(c.Stats())
	at.Took = time.Since(start)
	return c, at, nil
}

// attachTable returns a table whose shards lie in f, but know nothing yet of what is there.
func (c *Cache) attachTable(f *os.File) (*table, error) {
	r, err := region.Open(f, c.large())
	if err != nil {
		return nil, err
	}
	if state := r.Header().State(); state != region.InUse && state != region.Detached {
		r.Unmap()
		return nil, ErrDropped
	}
	c.seed = r.Header().Seed
	c.resume(r.Header())
	t := c.bareTable(geometry{
		shards: r.Shards, shardBits: r.ShardBits(), pageShift: r.PageShift, reserve: r.Reserve, classes: memory.NewClasses(r.PageShift),
	})
	return t, t.keep(&file{f, r})
}

// fill makes the shards of t know what is in its file.
func (c *Cache) fill(t *table, at *Attached) {
	h := t.file.region.Header()
	if h.State() == region.Detached {
		state, err := t.file.state()
		if err == nil {
			c.past, at.State, err = t.loadState(state)
		}
		if err == nil {
			at.Clean = true
			h.SetState(region.InUse) // from the first change on, the state is not true any more
			t.file.dropState()
			return
		}
		at.Faults = append(at.Faults, err)
		c.past = counters{}
		for i := range t.shards {
			t.shards[i].forget(t, i)
		}
	}
	h.SetState(region.InUse)
	var faults []error
	at.LostShards, faults = t.rebuild()
	at.Faults = append(at.Faults, faults...)
}

// Detach is Close, but leaves all entries in the file, with their order and counters and with the bytes in state, for
// Attach. The file stays open, and is the caller's. It returns ErrNotShared, and does nothing, for a cache in private
// memory; after any other error the cache is closed, and Attach treats the file as after a crash.
//
// It gives up entries that are still to move to another table because of SetLimits: FinishMoves moves them before.
func (c *Cache) Detach(state []byte) error {
	if c.SharedFile() == nil {
		return ErrNotShared
	}
	return c.end(func(t *table) error {
		all := t.appendState(nil, &c.past, state)
		return t.file.writeState(c.watch.appendState(all, t.file.region.StateRoom()-int64(len(all))))
	})
}

// SetWhole sets whether the entries are worth keeping after the death of the process. At first they are; set it to false
// while the cache is being filled from elsewhere: a process that dies meanwhile leaves a file for which Attach returns
// ErrDropped. SetWhole does nothing in private memory.
func (c *Cache) SetWhole(whole bool) {
	c.limits.Lock()
	defer c.limits.Unlock()
	if c.closed {
		return
	}
	if c.fileState = region.InUse; !whole {
		c.fileState = region.Begun
	}
	c.table.Load().setFileState(c.fileState)
}

// FinishMoves moves entries to the table of the latest limits for about limit, and returns how many are left elsewhere.
func (c *Cache) FinishMoves(limit time.Duration) (left int64) {
	c.moveEntries(limit)
	c.limits.Lock()
	defer c.limits.Unlock()
	for _, t := range c.tables()[1:] {
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			left += s.entries()
			s.mu.Unlock()
		}
	}
	return left
}

// SharedFile is the file of the current table, nil if its memory is private or the cache is closed.
func (c *Cache) SharedFile() *os.File {
	if f := c.table.Load().file; f != nil {
		return f.os
	}
	return nil
}
