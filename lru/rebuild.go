package lru

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/order"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

// After the death of a process, what it had beside the file is gone, and any shard may be in the midst of a change. The
// Control of each says so, since a change is noted there before it begins and after it ends. Such a shard is emptied. Of
// every other one, all that lies in the file is checked, and what lies beside it is made anew from that: the segments from
// the directory, the entries from the segments, the order from the entries, and the pages from all of them. If anything
// does not fit, the shard is emptied. The bytes of values carry no checksum.

// rebuildBatch is how many shards are rebuilt side by side: the walks through their lists wait for memory, together.
const rebuildBatch = 16

// errChanging is the fault of a shard that was being changed.
var errChanging = errors.New("it was being changed")

// rebuild makes the shards of t anew from the file that they lie in. It returns how many are lost, and the faults of some
// of those that were not being changed.
func (t *table) rebuild() (lost int, faults []error) {
	var next atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				from := int(next.Add(rebuildBatch)) - rebuildBatch
				if from >= len(t.shards) {
					return
				}
				errs := t.rebuildSome(from, min(from+rebuildBatch, len(t.shards)))
				mu.Lock()
				for i, err := range errs {
					lost++
					if !errors.Is(err, errChanging) && len(faults) < mostFaults {
						faults = append(faults, fmt.Errorf("shard %d: %w", i, err))
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return lost, faults
}

// mostFaults is how many faults are told.
const mostFaults = 10

// rebuildSome makes the shards from from to to anew, and returns what is wrong with those that are lost.
func (t *table) rebuildSome(from, to int) map[int]error {
	errs := map[int]error{}
	rebuilds := make([]*memory.Rebuild, to-from)
	var walks []*order.Walk
	var walking []int
	for i := from; i < to; i++ {
		b, err := t.shards[i].rebuild(t.file.region.Control(i), i)
		if err != nil {
			errs[i] = err
			continue
		}
		rebuilds[i-from] = b
		s := &t.shards[i]
		walks = append(walks, order.NewWalk(&s.order, &s.mem, b))
		walking = append(walking, i)
	}
	order.WalkAll(walks)
	for n, i := range walking {
		if err := walks[n].Err; err != nil {
			errs[i] = err
			continue
		}
		b := rebuilds[i-from]
		b.Finish()
		s := &t.shards[i]
		s.stats.liveBytes, s.stats.expiring = b.LiveBytes, b.Expiring
	}
	for i := range errs {
		t.loseShard(i)
	}
	return errs
}

// rebuild finds the entries of s, the shard of this number.
func (s *Shard) rebuild(ctl *region.Control, number int) (*memory.Rebuild, error) {
	if ctl.Seq&1 != 0 || ctl.Relinking != 0 {
		return nil, errChanging
	}
	b, err := memory.NewRebuild(&s.mem)
	if err != nil {
		return nil, err
	}
	return b, s.index.Rebuild(&s.mem, b, number, ctl.Depth)
}

// forget makes the shard of this number know nothing of what is in the file of t.
func (s *Shard) forget(t *table, number int) {
	f := t.file.region
	*s = Shard{}
	s.setup(t.geo, &t.shared, number)
	s.mem.Keep(f.Control(number), f.Classes(number), f.Arena(number))
	s.index.Keep(f, number)
}

// loseShard empties a shard in the file, and makes it anew.
func (t *table) loseShard(i int) {
	s := &t.shards[i]
	ctl := t.file.region.Control(i)
	ctl.Seq |= 1 // until its end nobody may trust the shard, whatever ends this process
	s.forget(t, i)
	s.index.Lose(&s.mem)
	s.mem.Lose()
	ctl.Relinking = 0
	ctl.Seq++
}
