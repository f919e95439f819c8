package snapshot

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestFullStore saves stores that have evicted under each policy, and loads the file into one of the same policy that is as
// large, and into one that has half the room.
func TestFullStore(t *testing.T) {
	t.Parallel()
	for _, p := range policy.All() {
		o := lru.Options{MaxEntries: 2000, Policy: p}
		c := newCache(t, o)
		for i := range 10_000 {
			key := fmt.Appendf(nil, "key:%d", i%3000)
			if _, ok := c.Get(nil, key); ok && i%3 > 0 {
				continue
			}
			if err := c.Set(key, fmt.Append(nil, "value:", i%3000), 0); err != nil && !(p == lru.NONE && errors.Is(err, lru.ErrFull)) {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "snapshot")
		save(t, c, path)
		want := contents(c)
		same := newCache(t, o)
		if l := load(t, same, path); l.Damage != nil || len(contents(same)) != len(want) {
			t.Errorf("%v: %+v, %d entries, want %d", p, l, len(contents(same)), len(want))
		}
		o.MaxEntries /= 2
		smaller := newCache(t, o)
		if l := load(t, smaller, path); l.Damage != nil || len(contents(smaller)) != int(o.MaxEntries) {
			t.Errorf("%v: %+v, %d entries, want %d", p, l, len(contents(smaller)), o.MaxEntries)
		}
		for _, got := range []lru.Shards{same, smaller} {
			for key, e := range contents(got) {
				if want[key] != e {
					t.Fatalf("%v: %s is %q, want %q", p, key, e.value, want[key].value)
				}
			}
			if err := got.Check(); err != nil {
				t.Errorf("%v: %v", p, err)
			}
		}
	}
}
