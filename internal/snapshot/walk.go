package snapshot

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/dump"
	"github.com/cachegopher/cachegopher/lru"
)

const (
	// visited is how many entries a step looks at under a shard's lock, which takes some 10 microseconds.
	visited = 128
	// mostNotes bounds the memory for the order of entries: 16 bytes each.
	mostNotes = 2 << 20
	// leastNotes is the bound for small stores.
	leastNotes = 64 << 10
	// sampled is the number of entries from which the ages of all are estimated.
	sampled = 4096
)

// saver writes a snapshot.
type saver struct {
	ctx    context.Context
	cache  lru.Shards
	out    *dump.Writer
	pace   func(worked time.Duration)
	stepAt time.Time // when the present step began

	moment *lru.Moment
	most   int // notes
	notes  []note
	hashes []uint64
	value  []byte
}

// note is an entry that is to be written.
type note struct {
	hash uint64
	age  uint32
}

// write writes all entries, in as many passes over the store as the memory for notes requires: the first one writes the
// least recently used entries, and so on.
//
// A pass takes the entries of some ages, as of the moment at which the snapshot began. Until an entry is used its age
// stays the same, and then it is 0, which belongs to the last pass. So none is missed, although the store is in use.
func (s *saver) write() error {
	s.moment = s.cache.Moment()
	st := s.cache.Stats()
	if s.most == 0 {
		s.most = mostNotes
		if st.MaxMemory > 0 {
			s.most = min(s.most, max(leastNotes, int(st.MaxMemory/1024)))
		}
	}
	bounds := s.bounds(st.Entries)
	s.notes = make([]note, 0, int(st.Entries)/len(bounds)*9/8+sampled)
	above := uint32(math.MaxUint32)
	for _, from := range bounds {
		if err := s.pass(from, above); err != nil {
			return err
		}
		above = from
	}
	return s.out.Flush()
}

// bounds returns the least age of each pass, the greatest first. The last one is 0.
func (s *saver) bounds(entries int64) []uint32 {
	passes := int(entries/int64(s.most)) + 1
	if passes == 1 {
		return []uint32{0}
	}
	var ages []uint32
	for try := 0; len(ages) < sampled && try < sampled; try++ {
		s.cache.Scan(rand.Uint64()>>8, 8, s.cache.Now(), func(r lru.Reader, e lru.Entry, _ []byte) {
			ages = append(ages, s.moment.Age(r, e))
		})
	}
	slices.Sort(ages)
	var bounds []uint32
	for i := passes - 1; i > 0 && len(ages) > 0; i-- {
		bounds = append(bounds, ages[len(ages)*i/passes])
	}
	return append(bounds, 0)
}

// pass writes the entries of ages from from to below above.
func (s *saver) pass(from, above uint32) error {
	seen := 0
	take := func(r lru.Reader, e lru.Entry, _ []byte) {
		seen++
		if age := s.moment.Age(r, e); age >= from && age < above {
			s.notes = append(s.notes, note{r.Hash(), age})
		}
	}
	enough := func() bool { return seen >= visited }
	for cursor := uint64(0); ; {
		seen = 0
		cursor = s.cache.Visit(cursor, s.cache.Now(), take, enough, func() {})
		if cursor == 0 || len(s.notes) >= 2*s.most { // there may be more than estimated
			if err := s.writeNoted(); err != nil {
				return err
			}
		}
		if cursor == 0 {
			return nil
		}
		if err := s.step(); err != nil {
			return err
		}
	}
}

// writeNoted writes the noted entries, the oldest first, and forgets the notes.
func (s *saver) writeNoted() error {
	if err := s.sort(s.notes); err != nil {
		return err
	}
	for notes := s.notes; len(notes) > 0; {
		n := min(len(notes), lru.MaxBatch)
		s.hashes = s.hashes[:0]
		for _, e := range notes[:n] {
			s.hashes = append(s.hashes, e.hash)
		}
		notes = notes[n:]
		if err := s.writeAll(s.hashes); err != nil {
			return err
		}
		if err := s.step(); err != nil {
			return err
		}
	}
	s.notes = s.notes[:0]
	return nil
}

// writeAll writes the entries of these hashes that are there still.
func (s *saver) writeAll(hashes []uint64) (err error) {
	s.cache.Warm(hashes)
	now := s.cache.Now()
	add := func(r lru.Reader, e lru.Entry, key []byte) {
		s.value = r.AppendValue(s.value[:0], e)
		if e := s.out.Add(dump.Record{Key: key, Value: s.value, ExpireAt: r.Expiry(e)}); e != nil {
			err = e
		}
	}
	for _, h := range hashes {
		shard := s.cache.Lock(h)
		shard.Each(h, now, add)
		shard.Unlock()
		if err == nil && s.out.Full() {
			err = s.out.Flush()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// slice is how long work goes on before it is paced.
const slice = 100 * time.Microsecond

// step ends a step.
func (s *saver) step() error {
	if s.pace == nil {
		return s.ctx.Err()
	}
	if worked := time.Since(s.stepAt); worked >= slice {
		s.pace(worked)
		s.stepAt = time.Now()
		return s.ctx.Err()
	}
	return nil
}
