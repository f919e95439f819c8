//go:build linux

package moves

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/ring"
)

// batch is how many keys are written or read in one call.
const batch = 500

// fill writes version 1 of each key.
func (l *ledger) fill(ctx context.Context, c *client.Client) error {
	for from := 0; from < len(l.acked); from += batch {
		var items []client.Item
		for i := from; i < min(from+batch, len(l.acked)); i++ {
			l.issued[i].Store(1)
			l.acked[i].Store(1)
			items = append(items, client.Item{Key: keyOf(i), Value: appendValue(nil, i, 1)})
		}
		if err := c.SetMany(ctx, items); err != nil {
			return fmt.Errorf("writing the keys: %w", err)
		}
	}
	return nil
}

// kept is what became of the keys.
type kept struct {
	Missing int             // keys that should exist
	Older   int             // versions that were acknowledged after those found, of all keys
	Wrong   int             // keys with a value that was not written, or that were removed and exist
	slots   [ring.Slots]int // keys found
}

// lost is how many acknowledged writes are not there. A missing key counts as one.
func (k *kept) lost() int { return k.Missing + k.Older }

// readBack reads all keys from their primaries, while nothing is written.
func (l *ledger) readBack(ctx context.Context, c *client.Client) (k kept, err error) {
	for from := 0; from < len(l.acked); from += batch {
		var keys []string
		for i := from; i < min(from+batch, len(l.acked)); i++ {
			keys = append(keys, keyOf(i))
		}
		results, err := c.GetMany(ctx, keys, client.FromPrimary())
		if err != nil {
			return k, fmt.Errorf("reading the keys back: %w", err)
		}
		for n, r := range results {
			k.take(l, from+n, keys[n], r)
		}
	}
	return k, nil
}

// take judges the last value of key i. What is found counts as acknowledged from then on.
func (k *kept) take(l *ledger, i int, key string, r client.Result) {
	found := !errors.Is(r.Err, client.ErrNotFound)
	if found {
		k.slots[ring.Slot(key)]++
	}
	acked := l.acked[i].Load()
	switch l.judge(i, acked, r.Value, found) {
	case missing:
		k.Missing++
		l.acked[i].Store(0)
	case stale:
		version, _ := versionOf(i, r.Value)
		k.Older += int(acked - version)
		l.acked[i].Store(version)
	case wrong:
		k.Wrong++
	default:
		if found && acked == 0 && !l.taken[i].Load() {
			k.Wrong++
		}
	}
}
