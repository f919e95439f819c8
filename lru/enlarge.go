package lru

import (
	"errors"
	"runtime"
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
	"github.com/cachegopher/cachegopher/lru/internal/region"
)

const (
	enlargeDuty = 1                // percent of the time that a processor puts memory into large pages
	enlargeRest = 10 * time.Second // between looks at all memory while there is nothing to do
	enlargeGap  = 10 * time.Millisecond
)

// large reports whether memory may lie in large pages.
func (c *Cache) large() bool { return c.options.LargePages && region.SmallByDefault() }

// enlarge puts memory into large pages, a piece at a time, until Close.
func (c *Cache) enlarge() {
	var at pieceCursor
	timer := time.NewTimer(enlargeGap)
	defer timer.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-timer.C:
		}
		start := time.Now()
		more, err := c.enlargeNext(&at)
		if errors.Is(err, memory.ErrNoLargePages) {
			return
		}
		gap := enlargeRest
		if more {
			gap = max(enlargeGap, time.Since(start)*(100/enlargeDuty-1))
		}
		timer.Reset(gap)
	}
}

// pieceCursor is the place of a piece in a table. It refers to no table, so that old ones can be given up.
type pieceCursor struct {
	shard int
	piece uint32
}

// enlargeNext looks for the next piece of memory that can be put into a large page, and does so. more is false at the end of the
// table; the next call begins anew.
func (c *Cache) enlargeNext(at *pieceCursor) (more bool, err error) {
	t := c.table.Load()
	defer runtime.KeepAlive(t) // its memory stays mapped
	for ; at.shard < len(t.shards); at.shard, at.piece = at.shard+1, 0 {
		s := &t.shards[at.shard]
		for {
			s.mu.Lock()
			p, ok := s.mem.SmallPiece(at.piece)
			s.mu.Unlock()
			if !ok {
				break
			}
			at.piece = p.Number() + 1
			done, err := p.Enlarge()
			if done {
				s.mu.Lock()
				s.mem.Enlarged(p)
				s.mu.Unlock()
			}
			return true, err
		}
	}
	*at = pieceCursor{}
	return false, nil
}
