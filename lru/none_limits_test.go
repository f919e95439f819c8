package lru

import (
	"errors"
	"fmt"
	"testing"
)

// TestNoneLargerLimits raises the limits of a full cache that evicts nothing so that its entries move to other shards, and
// fills it again while they do: they keep their room, and new entries get what is beyond.
func TestNoneLargerLimits(t *testing.T) {
	tests := []struct {
		name     string
		from, to Options
	}{
		{"bytes", Options{MaxMemory: 8_000_000}, Options{MaxMemory: 9_000_000}},
		{"entries", Options{MaxEntries: 3_000}, Options{MaxEntries: 40_000}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := test.from
			o.Policy = NONE
			c := newTestCache(t, o)
			key := func(i int) []byte { return fmt.Appendf(nil, "key:%d", i) }
			next := 0
			fill := func() (stored []int) {
				for refused := 0; refused < 100; next++ {
					if err := c.Set(key(next), noise[:1000], 0); err == nil {
						stored = append(stored, next)
					} else if refused++; !errors.Is(err, ErrFull) {
						t.Fatal(err)
					}
				}
				return stored
			}
			stored, before := fill(), c.table.Load()
			if err := c.SetLimits(test.to.MaxEntries, test.to.MaxMemory); err != nil {
				t.Fatal(err)
			}
			if c.table.Load() == before {
				t.Fatal("the entries stay in their shards")
			}
			more := fill()
			st := settle(t, c)
			for _, i := range append(stored, more...) {
				if _, ok := c.Get(nil, key(i)); !ok {
					t.Fatalf("entry %d of %d and %d is lost; %+v", i, len(stored), len(more), st)
				}
			}
			t.Logf("%d entries, then %d more: %d bytes", len(stored), len(more), st.UsedBytes)
			if most := test.to.MaxMemory; most > 0 && st.UsedBytes > most+most/16 {
				t.Errorf("%d bytes are used of %d", st.UsedBytes, most)
			}
			if most := test.to.MaxEntries; most > 0 && st.Entries > most {
				t.Errorf("%d entries of %d", st.Entries, most)
			}
			if len(more) == 0 {
				t.Error("nothing more was stored")
			}
		})
	}
}
