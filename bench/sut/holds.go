package sut

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// Holding is what a target says of its entries.
type Holding struct {
	Entries int64
	Evicted int64 // since it was started, to make room; -1: it does not say
}

// Holder is a Caller that can say what its target holds.
type Holder interface {
	Holds(ctx context.Context) (Holding, error)
}

// Holds asks the target how many entries it holds. The error of one that cannot say is errors.ErrUnsupported.
func (t *Target) Holds(ctx context.Context) (Holding, error) {
	if t.Wire == nil {
		if h, ok := t.Caller.(Holder); ok {
			return h.Holds(ctx)
		}
		return Holding{}, errors.ErrUnsupported
	}
	ask := string(wire.Request(wire.Request(wire.Request(nil, "DBSIZE"), "INFO", "stats"), "QUIT"))
	switch t.Wire.Dialect.(type) {
	case Line:
		ask = "INFO\nEXIT\n"
	case Memcached:
		ask = "stats\r\nquit\r\n"
	}
	text, err := t.ask(ctx, ask)
	if err != nil {
		return Holding{}, fmt.Errorf("ask how many entries it holds: %w", err)
	}
	return holdingOf(text)
}

// holdingOf reads the replies to DBSIZE and INFO stats, or to memcached's stats.
func holdingOf(text string) (h Holding, err error) {
	h = Holding{Entries: -1, Evicted: -1}
	if first, _, _ := strings.Cut(text, "\r\n"); strings.HasPrefix(first, ":") {
		if h.Entries, err = strconv.ParseInt(first[1:], 10, 64); err != nil {
			return h, fmt.Errorf("ask how many entries it holds: answered %.40q", first)
		}
	}
	fields := fieldsOf(text)
	for name, to := range map[string]*int64{"curr_items": &h.Entries, "evicted_keys": &h.Evicted, "evictions": &h.Evicted} {
		if n, ok := fields[name]; ok {
			*to = n
		}
	}
	if _, keys, ok := strings.Cut(text, "\ndb0:keys="); ok && h.Entries < 0 {
		keys, _, _ = strings.Cut(keys, ",")
		if h.Entries, err = strconv.ParseInt(keys, 10, 64); err != nil {
			return h, fmt.Errorf("ask how many entries it holds: answered %.40q", keys)
		}
	} else if h.Entries < 0 && strings.Contains(text, "# Keyspace") {
		h.Entries = 0 // a database without keys is not listed
	}
	if h.Entries < 0 {
		return h, errors.ErrUnsupported
	}
	return h, nil
}

// Holds adds up what all primaries hold.
func (t *clientTarget) Holds(ctx context.Context) (sum Holding, err error) {
	for _, n := range t.c.Nodes() {
		if !n.Primary {
			continue
		}
		v, err := t.c.DoNode(ctx, n.ID, "DBSIZE")
		if err != nil {
			return sum, fmt.Errorf("ask %s how many entries it holds: %w", n.ID, err)
		}
		sum.Entries += v.Int
		if v, err = t.c.DoNode(ctx, n.ID, "INFO", "stats"); err != nil {
			return sum, fmt.Errorf("ask %s what it has evicted: %w", n.ID, err)
		}
		sum.Evicted += fieldsOf(v.Text())["evicted_keys"]
	}
	return sum, nil
}

// Holds counts the entries of the cache.
func (c *cacheLRU) Holds(context.Context) (Holding, error) {
	s := c.whole.Stats()
	return Holding{Entries: int64(s.Entries), Evicted: int64(s.Evictions)}, nil
}
