package gocachestore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eko/gocache/lib/v4/store"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/adapters/gocachestore"
	"github.com/cachegopher/cachegopher/client/internal/tests"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

func tags(t ...string) store.Option { return store.WithTags(t) }

func invalidate(t *testing.T, s *gocachestore.Store, tag string) {
	t.Helper()
	if err := s.Invalidate(testkit.Within(t, testkit.Patience), store.WithInvalidateTags([]string{tag})); err != nil {
		t.Errorf("invalidating %.20q: %v", tag, err)
	}
}

// entries returns how many entries there are, and the bytes of the values of those that are lists of tags.
func entries(t *testing.T, c *client.Client) (n, listed int) {
	t.Helper()
	ctx := testkit.Within(t, testkit.Patience)
	for k, err := range c.Scan(ctx, client.ScanOptions{FromPrimary: true}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if strings.HasPrefix(k, "gocache_tag_") {
			v, err := c.Get(ctx, k)
			if err != nil {
				t.Fatal(err)
			}
			listed += len(v)
		}
	}
	return n, listed
}

// Keys of any bytes and tags of any length are invalidated.
func TestTagsOfAnyBytes(t *testing.T) {
	c, _ := tests.Client(t)
	ctx := testkit.Within(t, testkit.Patience)
	s := gocachestore.New(c)
	keys := []string{"\xff\xfe", "\x80", "\uFFFD", "a\x00b", "\r\n", "ü", strings.Repeat("k", 20_000), strings.Repeat("\xff", 65_024)}
	for _, tag := range []string{"t", "\xff", "", strings.Repeat("t", 70_000)} {
		for _, k := range keys {
			if err := s.Set(ctx, k, "v", tags(tag)); err != nil {
				t.Errorf("Set of %.10q with tag %.10q: %v", k, tag, err)
			}
		}
		invalidate(t, s, tag)
		if n, _ := entries(t, c); n != 0 {
			t.Errorf("%d entries are left after tag %.10q was invalidated", n, tag)
		}
	}
	if err := s.Set(ctx, strings.Repeat("k", 65_025), "v", tags("t")); !errors.Is(err, client.ErrTooLarge) {
		t.Errorf("a key that is too long to have a tag: %v", err)
	}
}

// A tag takes more keys than fit into one entry, and all are invalidated.
func TestManyKeysOfOneTag(t *testing.T) {
	c, _ := tests.Client(t)
	ctx := testkit.Within(t, testkit.Patience)
	s := gocachestore.New(c)
	const writers, each = 4, 400
	set := func() {
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					if err := s.Set(ctx, fmt.Sprintf("%0100d-%d", w, i), "v", tags("t")); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	set()
	n, listed := entries(t, c)
	if n < writers*each+16 {
		t.Errorf("%d entries, of which %d should be the keys: the list was not split", n, writers*each)
	}
	set() // again: no key is listed twice
	if _, again := entries(t, c); again > listed+listed/50 {
		t.Errorf("the lists have %d bytes, and %d after the same keys were set again", listed, again)
	}
	invalidate(t, s, "t")
	if n, _ := entries(t, c); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}

// A list does not grow with keys that come and go.
func TestDeadKeysAreDropped(t *testing.T) {
	c, _ := tests.Client(t)
	ctx := testkit.Within(t, testkit.Patience)
	s := gocachestore.New(c)
	for i := range 800 {
		key := fmt.Sprintf("%0100d", i)
		if err := s.Set(ctx, key, "v", tags("t")); err != nil {
			t.Fatal(err)
		}
		if i >= 10 {
			if err := s.Delete(ctx, fmt.Sprintf("%0100d", i-10)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n, listed := entries(t, c); listed > 16<<10 {
		t.Errorf("%d entries, their list has %d bytes", n, listed)
	}
	invalidate(t, s, "t")
	if n, _ := entries(t, c); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}

// Entries that survive a concurrent Invalidate of their tag can be invalidated afterwards.
func TestSetBesideInvalidate(t *testing.T) {
	c, _ := tests.Client(t)
	ctx, cancel := context.WithTimeout(testkit.Within(t, testkit.Patience), time.Second)
	defer cancel()
	s := gocachestore.New(c)
	long := strings.Repeat("k", 1000) // so that the list is deep
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				key := fmt.Sprint(long, w, i%50)
				if err := s.Set(testkit.Within(t, testkit.Patience), key, "v", tags("t")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for ctx.Err() == nil {
			invalidate(t, s, "t")
			time.Sleep(5 * time.Millisecond)
		}
	})
	wg.Wait()
	invalidate(t, s, "t")
	if n, _ := entries(t, c); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}
