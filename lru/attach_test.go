//go:build linux && !race && !lruheap && !lruguard

package lru

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
	"github.com/cespare/xxhash/v2"
	"golang.org/x/sys/unix"
)

// keptEntry is all that Attach must find of an entry.
type keptEntry struct {
	key, value string
	expireAt   int64
	stamp      uint32
}

// die leaves c without its memory, as the death of its process does.
func die(c Shards) { c.table.Store(closedTable(1, c.used())) }

// inOrder are the entries of every shard, the newest first.
func inOrder(c Shards) (all [][]keptEntry) {
	t := c.table.Load()
	for i := range t.shards {
		s := &t.shards[i]
		var of []keptEntry
		s.order.Check(&s.mem, &memory.Audit{}, func(off uint32) {
			e := Entry(off)
			of = append(of, keptEntry{string(s.AppendKey(nil, e)), string(s.AppendValue(nil, e)), s.Expiry(e), s.mem.Entry(off).Stamp()})
		})
		all = append(all, of)
	}
	return all
}

// duplicate is another descriptor of c's file.
func duplicate(t testing.TB, c Shards) *os.File {
	t.Helper()
	return duplicateOf(t, c.SharedFile())
}

func duplicateOf(t testing.TB, f *os.File) *os.File {
	t.Helper()
	fd, err := unix.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), "duplicate")
}

// attach attaches to f, and checks and closes the cache at the end of the test.
func attach(t testing.TB, f *os.File, o Options) (Shards, Attached) {
	t.Helper()
	o.NoBackground, o.Shared = true, memfd
	cache, at, err := Attach(f, o)
	if err != nil {
		t.Fatal(err)
	}
	c := cache.Shards()
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Check(); err != nil {
		t.Fatalf("after Attach, which says %+v:\n%v", at, err)
	}
	return c, at
}

// work stores, reads, deletes and so on at random.
func work(t testing.TB, c Shards, r *rand.Rand, now *int64, operations int) {
	for range operations {
		key := fmt.Appendf(nil, "key:%d", r.IntN(20_000))
		if r.IntN(50) == 0 {
			key = append(key, noise[:r.IntN(3000)]...)
		}
		switch n := r.IntN(100); {
		case n < 50:
			var at int64
			if r.IntN(3) == 0 {
				at = *now + int64(r.IntN(10_000))
			}
			size := r.IntN(100)
			if r.IntN(30) == 0 {
				size = r.IntN(40_000)
			}
			if err := c.SetAt(key, noise[r.IntN(1000):][:size], at); err != nil && !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
		case n < 80:
			c.Get(nil, key)
		case n < 90:
			c.Delete(key)
		case n < 95:
			_, _ = c.Expire(key, time.Duration(1+r.IntN(10_000))*time.Millisecond)
		case n < 97:
			*now += int64(r.IntN(100))
			c.Step(10 * time.Microsecond)
		}
	}
}

var attachOptions = []Options{
	{MaxMemory: 64 << 20},
	{MaxMemory: 8 << 20},
	{MaxMemory: 16 << 20, Policy: CLOCK, Prefixes: []Prefix{{Name: "key:1"}, {Name: "key:12"}, {Name: "key:3"}}},
	{MaxMemory: 256 << 20, Policy: ExactLRU},
	{MaxEntries: 3000},
	{MaxMemory: 8 << 20, Policy: S3FIFO},
	{MaxMemory: 8 << 20, Policy: SIEVE},
	{MaxMemory: 64 << 20, Policy: NONE},
	{MaxMemory: 8 << 20, Policy: AUTO},
}

// workRound uses a cache, and in some rounds ends with few entries, or with two generations of them.
func workRound(t *testing.T, c Shards, r *rand.Rand, now *int64, round int) {
	t.Helper()
	work(t, c, r, now, scale(20_000))
	switch round {
	case 1:
		c.BeginGeneration()
		work(t, c, r, now, 100)
	case 2:
		c.Flush()
		work(t, c, r, now, 100)
	}
}

// TestAttachClean stops caches and goes on with them: nothing may differ.
func TestAttachClean(t *testing.T) {
	seed := testSeed(t)
	for _, o := range attachOptions {
		t.Run(fmt.Sprintf("%d bytes %d entries %v", o.MaxMemory, o.MaxEntries, o.Policy), func(t *testing.T) {
			r, now := rand.New(rand.NewPCG(seed, 3)), int64(1_000_000)
			o.Clock = func() int64 { return now }
			c := newTestCache(t, withFiles(o))
			for round := range 4 {
				workRound(t, c, r, &now, round)
				want, stats, state := inOrder(c), c.Stats(), fmt.Append(nil, "state ", round)
				c.eachShard(func(s *Shard) { stats.UsedBytes -= s.order.MemoryBytes() }) // they do not stay
				f := duplicate(t, c)
				if err := c.Detach(state); err != nil {
					t.Fatal(err)
				}
				var at Attached
				c, at = attach(t, f, o)
				if !at.Clean || !bytes.Equal(at.State, state) || at.LostShards != 0 || len(at.Faults) > 0 || at.Entries != stats.Entries || at.Shards != stats.Shards {
					t.Fatalf("round %d: %+v", round, at)
				}
				if got := c.Stats(); got != stats {
					t.Fatalf("round %d: %+v, want %+v", round, got, stats)
				}
				if got := inOrder(c); !slices.EqualFunc(got, want, slices.Equal[[]keptEntry]) {
					t.Fatalf("round %d: other entries, or in another order", round)
				}
			}
			work(t, c, r, &now, 1000)
			mustCheck(t, c)
		})
	}
}

// withFiles is o for a cache in a file.
func withFiles(o Options) Options {
	o.Shared = memfd
	return o
}

// TestAttachKilled goes on with a cache that did not stop: what its shards hold is found again, but for those that are
// being changed.
func TestAttachKilled(t *testing.T) {
	seed := testSeed(t)
	for _, o := range attachOptions {
		t.Run(fmt.Sprintf("%d bytes %d entries %v", o.MaxMemory, o.MaxEntries, o.Policy), func(t *testing.T) {
			r, now := rand.New(rand.NewPCG(seed, 4)), int64(1_000_000)
			o.Clock = func() int64 { return now }
			c := newTestCache(t, withFiles(o))
			for round := range 5 {
				workRound(t, c, r, &now, round)
				want, stats := inOrder(c), c.Stats()
				lost := -1
				if round >= 3 {
					lost = r.IntN(stats.Shards)
					ctl := c.table.Load().file.region.Control(lost)
					if round == 3 {
						ctl.Seq++
					} else {
						ctl.Relinking = 1
					}
					want[lost] = nil
				}
				f := duplicate(t, c)
				die(c)
				var at Attached
				c, at = attach(t, f, o)
				if at.Clean || at.State != nil || (at.LostShards == 1) != (lost >= 0) || len(at.Faults) > 0 || at.Shards != stats.Shards {
					t.Fatalf("round %d: %+v", round, at)
				}
				if got := inOrder(c); !slices.EqualFunc(got, want, slices.Equal[[]keptEntry]) {
					t.Fatalf("round %d: other entries, or in another order", round)
				}
			}
			work(t, c, r, &now, 1000)
			mustCheck(t, c)
		})
	}
}

// TestAttachOtherBudget attaches with budgets that need another geometry: the entries move there.
func TestAttachOtherBudget(t *testing.T) {
	for _, clean := range []bool{true, false} {
		c := newTestCache(t, withFiles(Options{MaxMemory: 64 << 20}))
		store(t, c, 0, 5000, 100)
		want, f := c.Stats(), duplicate(t, c)
		old := c.table.Load().file.region.Header().Instance
		if !clean {
			die(c)
		} else if err := c.Detach(nil); err != nil {
			t.Fatal(err)
		}
		dropped := 0
		c, at := attach(t, f, Options{MaxMemory: 8 << 30, Dropped: func(d *os.File) {
			if dropped++; d != f {
				t.Error("another file is dropped")
			}
		}})
		got := settle(t, c)
		if at.Clean != clean || got.Entries != want.Entries || got.Shards <= want.Shards || dropped != 1 || len(at.Faults) > 0 {
			t.Errorf("clean %v: %+v, %+v, %d dropped", clean, at, got, dropped)
		}
		if c.table.Load().file.region.Header().Instance == old {
			t.Error("two tables have the same instance")
		}
	}
}

// TestLimitsKeepFile changes the limits of a cache in a file: it stays there, unless they are very different ones.
func TestLimitsKeepFile(t *testing.T) {
	c := newTestCache(t, withFiles(Options{MaxMemory: 512 << 20}))
	store(t, c, 0, 5000, 100)
	f := c.SharedFile()
	for _, to := range []int64{1 << 30, 64 << 20, 3 << 30, 512 << 20} {
		if err := c.SetLimits(0, to); err != nil {
			t.Fatal(err)
		}
		if st := c.Stats(); c.SharedFile() != f || st.Entries != 5000 || st.MaxMemory != to {
			t.Errorf("%d bytes: another file: %v, %+v", to, c.SharedFile() != f, st)
		}
		mustCheck(t, c)
	}
	if err := c.SetLimits(0, 16<<20); err != nil || c.SharedFile() == f {
		t.Errorf("16 MB: the same file, %v", err)
	}
	if left := c.FinishMoves(time.Minute); left != 0 || settle(t, c).Entries != 5000 {
		t.Errorf("%d entries are left elsewhere", left)
	}
}

// TestAttachRefuses attaches to files that cannot serve.
func TestAttachRefuses(t *testing.T) {
	for what, c := range map[string]struct {
		change func(c Shards)
		want   error
	}{
		"closed":       {func(c Shards) { _ = c.Close() }, ErrDropped},
		"retired":      {func(c Shards) { _ = c.SetLimits(0, 8<<30) }, ErrDropped},
		"begun":        {func(c Shards) { c.table.Load().setFileState(region.Begun) }, ErrDropped},
		"filled":       {func(c Shards) { c.SetWhole(false) }, ErrDropped},
		"another seed": {func(c Shards) { c.table.Load().file.region.Header().Seed++ }, ErrDamaged},
		"version":      {func(c Shards) { c.table.Load().file.region.Header().Version++ }, ErrLayout},
	} {
		cache := newTestCache(t, withFiles(Options{MaxMemory: 64 << 20, Policy: CLOCK}))
		f := duplicate(t, cache)
		c.change(cache)
		o := withFiles(Options{MaxMemory: 64 << 20, Policy: CLOCK})
		if _, _, err := Attach(f, o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	private := newTestCache(t, Options{MaxMemory: 64 << 20})
	if err := private.Detach(nil); !errors.Is(err, ErrNotShared) {
		t.Errorf("Detach of a private cache: %v", err)
	}
}

// TestAttachDamagedState attaches to a file whose state is not what Detach wrote: it goes on as after a crash.
func TestAttachDamagedState(t *testing.T) {
	for _, resum := range []bool{false, true} {
		c := newTestCache(t, withFiles(Options{MaxMemory: 64 << 20}))
		store(t, c, 0, 5000, 100)
		f, table := duplicate(t, c), c.table.Load()
		if err := c.Detach([]byte("state")); err != nil {
			t.Fatal(err)
		}
		h := table.file.region.Header()
		table.file.region.State()[0] ^= 0xff
		if resum {
			h.StateLen -= 3
			h.StateSum = xxhash.Sum64(table.file.region.State()[:h.StateLen])
		}
		_, at := attach(t, f, Options{MaxMemory: 64 << 20})
		if at.Clean || at.State != nil || at.Entries != 5000 || at.LostShards != 0 || len(at.Faults) != 1 {
			t.Errorf("%+v", at)
		}
	}
}

// TestDetachWhileMoving stops a cache whose entries are still moving to another table: they are all in the file that counts.
func TestDetachWhileMoving(t *testing.T) {
	for _, to := range []int64{8 << 30, 20 << 20} {
		c := newTestCache(t, withFiles(Options{MaxMemory: 64 << 20}))
		store(t, c, 0, 20_000, 100)
		if err := c.SetLimits(0, to); err != nil {
			t.Fatal(err)
		}
		if len(c.table.Load().shared.olds) != 1 {
			t.Fatal("nothing moves")
		}
		want, f := c.Stats(), duplicate(t, c)
		if err := c.Detach(nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Set([]byte("late"), nil, 0); !errors.Is(err, ErrClosed) {
			t.Errorf("Set after Detach: %v", err)
		}
		if err := c.Detach(nil); !errors.Is(err, ErrNotShared) {
			t.Errorf("Detach after Detach: %v", err)
		}
		c, at := attach(t, f, Options{MaxMemory: to})
		got := c.Stats()
		if !at.Clean || len(at.Faults) > 0 || got.Sets != want.Sets || got.Entries > want.Entries {
			t.Errorf("%d bytes: %+v, %+v, before %+v", to, at, got, want)
		}
		if got.Entries < want.Entries { // only if moving them took over a second
			t.Logf("%d bytes: %d entries of %d moved in time", to, got.Entries, want.Entries)
		}
	}
}

// TestFileGivesMemoryBack flushes a cache: its file gets smaller, and Attach after a death does not make it grow again.
func TestFileGivesMemoryBack(t *testing.T) {
	c := newTestCache(t, withFiles(Options{MaxMemory: 64 << 20}))
	f := duplicate(t, c)
	resident := func() int64 {
		var st unix.Stat_t
		if err := unix.Fstat(int(f.Fd()), &st); err != nil {
			t.Fatal(err)
		}
		return st.Blocks * 512
	}
	store(t, c, 0, 100_000, 200)
	full, used := resident(), c.Stats().UsedBytes
	if full < used*9/10 || full > used+2<<20 {
		t.Errorf("%d bytes are resident, %d used", full, used)
	}
	c.Flush()
	settle(t, c)
	flushed := resident()
	table := c.table.Load() // whose mapping stays as long as it is referred to
	die(c)
	peak := int64(0)
	for _, s := range []uint32{0, 1} { // a shard of which nothing is left, and one that was being changed
		table.file.region.Control(0).Seq += s
		c, at := attach(t, duplicateOf(t, f), Options{MaxMemory: 64 << 20})
		peak = max(peak, resident())
		if at.LostShards != int(s) || at.Entries != 0 {
			t.Errorf("%+v", at)
		}
		die(c)
	}
	if flushed > 2<<20 || peak > flushed+64<<10 {
		t.Errorf("%d bytes are resident when full, %d after Flush, %d after Attach", full, flushed, peak)
	}
}

// TestDetachDoesNotMove: Detach leaves it to FinishMoves, which has a bound, to move entries; what was not moved is given up.
func TestDetachDoesNotMove(t *testing.T) {
	for _, finish := range []bool{false, true} {
		c := newTestCache(t, withFiles(Options{MaxMemory: 512 << 20}))
		store(t, c, 0, 20_000, 100)
		if err := c.SetLimits(0, 16<<20); err != nil {
			t.Fatal(err)
		}
		if finish {
			if left := c.FinishMoves(time.Minute); left != 0 {
				t.Errorf("%d entries are left elsewhere", left)
			}
		}
		f := duplicate(t, c)
		if err := c.Detach(nil); err != nil {
			t.Fatal(err)
		}
		if _, at := attach(t, f, Options{MaxMemory: 16 << 20}); at.Entries == 20_000 != finish || !at.Clean {
			t.Errorf("moved before: %v: %d entries, clean %v", finish, at.Entries, at.Clean)
		}
	}
}
