package lru

import (
	"fmt"
	"strings"
)

// uses are what the model counts of the uses of a prefix.
type uses struct{ hits, misses, evictions int64 }

// prefixOf is the longest of the model's prefixes that key begins with, "" if there is none.
func (m *model) prefixOf(key string) (longest string) {
	for _, p := range m.prefixes {
		if strings.HasPrefix(key, p.Name) && len(p.Name) > len(longest) {
			longest = p.Name
		}
	}
	return longest
}

func (m *model) usesOf(key string) *uses {
	p := m.prefixOf(key)
	if m.uses[p] == nil {
		m.uses[p] = &uses{}
	}
	return m.uses[p]
}

// changePrefixes gives the cache other prefixes, and leaves it to the background to count what is there.
func (p *pair) changePrefixes(d dice) error {
	names := [...]string{"k1", "k2", "k12", "k19xxx", "k5", "k555", "other", "k"}
	var next []Prefix
	first := d(len(names), "first")
	for i := range d(len(names), "prefixes") {
		next = append(next, Prefix{Name: names[(first+i)%len(names)]})
	}
	if err := p.c.SetPrefixes(next); err != nil {
		return err
	}
	p.m.prefixes = next
	kept := map[string]*uses{}
	for _, p2 := range next {
		if u := p.m.uses[p2.Name]; u != nil {
			kept[p2.Name] = u
		}
	}
	p.m.uses = kept
	return nil
}

// mustCheck fails t if an invariant is broken or the counts of prefixes are not those of the model.
func (p *pair) mustCheck(t interface {
	Helper()
	Fatalf(string, ...any)
}) {
	t.Helper()
	mustCheck(t, p.c)
	if err := p.comparePrefixes(); err != nil {
		t.Fatalf("prefixes: %v", err)
	}
}

func (p *pair) comparePrefixes() error {
	entries := map[string]int64{}
	for key := range p.m.byKey {
		entries[p.m.prefixOf(key)]++
	}
	all := p.c.Prefixes()
	if len(all) != len(p.m.prefixes) {
		return fmt.Errorf("%d of %d", len(all), len(p.m.prefixes))
	}
	for i, got := range all {
		name := p.m.prefixes[i].Name
		u := p.m.uses[name]
		if u == nil {
			u = &uses{}
		}
		if got.Name != name || (uses{got.Hits, got.Misses, got.Evictions}) != *u {
			return fmt.Errorf("%+v, want %q with %+v", got, name, *u)
		}
		if !got.Counting && got.Entries != entries[name] || got.Entries > entries[name] {
			return fmt.Errorf("%+v, want %d entries", got, entries[name])
		}
	}
	return nil
}
