package lru

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

// TestNoneRename gives every entry of a full cache that evicts nothing another key, several times: that needs no more memory in the
// end, and is not refused. A second cache, as a secondary has it, is told of each new entry before the old one goes, and has room
// for both too.
func TestNoneRename(t *testing.T) {
	for _, shards := range []int{1, 4} {
		const budget = 8 << 20
		o := Options{MaxMemory: budget, Policy: NONE, Shards: shards, Clock: func() int64 { return 1 }}
		c, second := newTestCache(t, o), newTestCache(t, o)
		name := func(i, round int) []byte { return fmt.Appendf(nil, "key:%d:%d", round, i) }
		value := func(i int) []byte { return noise[:i*7919%700] }
		stored := 0
		for ; ; stored++ {
			if err := c.Set(name(stored, 0), value(stored), 0); errors.Is(err, ErrFull) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			mirror(t, second, name(stored, 0), value(stored), nil)
		}
		for i := range 3 * stored {
			i, round := i%stored, i/stored
			if err := rename(c, name(i, round), name(i, round+1)); err != nil {
				t.Fatalf("%d shards, round %d: entry %d of %d: %v", shards, round, i, stored, err)
			}
			mirror(t, second, name(i, round+1), value(i), name(i, round))
		}
		for _, c := range []Shards{c, second} {
			for i := range stored {
				if got, ok := c.Get(nil, name(i, 3)); !ok || !bytes.Equal(got, value(i)) {
					t.Fatalf("%d shards: entry %d is there: %v", shards, i, ok)
				}
			}
			if st := c.Stats(); c.Len() != int64(stored) || st.Evictions != 0 || st.UsedBytes > budget+budget/16 {
				t.Errorf("%d shards: %d entries of %d, %+v", shards, c.Len(), stored, st)
			}
			mustCheck(t, c)
		}
	}
}

// rename stores the value of from under to, and removes from.
func rename(c Shards, from, to []byte) error {
	hf, ht := c.Hash(from), c.Hash(to)
	var l Locked
	c.LockAll(&l, []uint64{hf, ht})
	defer l.Unlock()
	e, ok := l.Shard(hf).Peek(hf, from, 1)
	if !ok {
		return errors.New("it is not there")
	}
	value := l.Shard(hf).AppendValue(nil, e)
	if err := l.Shard(ht).PutRenamed(from, l.Shard(hf).Footprint(e), ht, to, value, 0, 1); err != nil {
		return err
	}
	if e, ok = l.Shard(hf).Peek(hf, from, 1); ok {
		l.Shard(hf).Remove(hf, e)
	}
	return nil
}

// mirror stores what another cache has stored, and removes what that has removed then; nil: nothing.
func mirror(t *testing.T, c Shards, key, value, removed []byte) {
	t.Helper()
	h := c.Hash(key)
	s := c.Lock(h)
	err := s.PutOrRemove(h, key, value, 0, 1)
	s.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if removed != nil && !c.Delete(removed) {
		t.Fatalf("%q is not there", removed)
	}
}
