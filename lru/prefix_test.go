package lru

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestPrefixMatch asks for the longest of the prefixes that a key begins with.
func TestPrefixMatch(t *testing.T) {
	all := []Prefix{{Name: "a"}, {Name: "user:"}, {Name: "user:1"}, {Name: "users"}, {Name: "\xff\x00"}, {Name: "ab"}}
	p := newPrefixes(all)
	for key, want := range map[string]string{
		"a": "a", "ab": "ab", "abc": "ab", "acb": "a", "user": "", "user:": "user:", "user:2": "user:", "user:12": "user:1",
		"users": "users", "b": "", "": "", "\xff": "", "\xff\x00\x00": "\xff\x00", "A": "",
	} {
		got := ""
		if i := p.match([]byte(key)); i != none {
			got = string(p.keys[i].name)
		}
		if got != want {
			t.Errorf("%q has the prefix %q, want %q", key, got, want)
		}
	}
	if !p.sameNames(all) || p.sameNames(all[1:]) || fmt.Sprint(p.all()) != fmt.Sprint(all) {
		t.Errorf("the prefixes are %v, given were %v", p.all(), all)
	}
}

// TestCheck gives prefixes that are refused, each with a part of the message.
func TestCheck(t *testing.T) {
	for want, all := range map[string][]Prefix{
		"9 prefixes, 8 are the most": {{Name: "1"}, {Name: "2"}, {Name: "3"}, {Name: "4"}, {Name: "5"}, {Name: "6"}, {Name: "7"}, {Name: "8"}, {Name: "9"}},
		"a prefix is empty":          {{Name: "a"}, {}},
		`"a" is given twice`:         {{Name: "a"}, {Name: "a", Min: 1}},
		"has 257 bytes":              {{Name: strings.Repeat("x", 257)}},
		"is above its ceiling":       {{Name: "a", Min: 2e6, Max: 1e6}},
		"is negative":                {{Name: "a", Max: -1}},
		"3000000 bytes together":     {{Name: "a", Min: 1e6}, {Name: "b", Min: 2e6}},
		"807 bytes together":         {{Name: "a", Min: math.MaxInt64}, {Name: "b", Min: math.MaxInt64}},
	} {
		_, err := New(Options{MaxMemory: 2e6, Prefixes: all})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", all, err)
		}
	}
	c := newTestCache(t, Options{MaxMemory: 8e6, Prefixes: []Prefix{{Name: "a", Min: 4e6}}})
	if err := c.SetLimits(0, 2e6); err == nil || !strings.Contains(err.Error(), "4000000 bytes together") {
		t.Errorf("a budget below the floors: %v", err)
	}
}

// TestPrefixesOfOtherShards moves entries to another number of shards, and gives other prefixes meanwhile: uses still count, and
// all entries are counted in the end.
func TestPrefixesOfOtherShards(t *testing.T) {
	all := []Prefix{{Name: "a"}, {Name: "b"}}
	c := newTestCache(t, Options{MaxMemory: 16 << 20, Shards: 0, Prefixes: all})
	const n = 3000
	for i := range n {
		for _, name := range []string{"a", "b", "c"} {
			if err := c.SetString(fmt.Sprint(name, i), noise[:100], 0); err != nil {
				t.Fatal(err)
			}
		}
		c.GetString(nil, fmt.Sprint("a", i))
		c.GetString(nil, fmt.Sprint("b-", i))
	}
	if err := c.SetLimits(0, 64<<20); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, c)
	if err := c.SetPrefixes([]Prefix{{Name: "c"}, {Name: "a", Min: 1e6}}); err != nil {
		t.Fatal(err)
	}
	if of := c.Prefixes(); !of[0].Counting {
		t.Errorf("nothing is to be counted: %+v", of)
	}
	mustCheck(t, c)
	for c.Step(time.Hour) {
	}
	mustCheck(t, c)
	of := c.Prefixes()
	for i, hits := range []int64{0, n} {
		if p := of[i]; p.Counting || p.Entries != n || p.Hits != hits || p.Bytes < n*110 || p.Bytes > n*200 {
			t.Errorf("%+v, want %d entries", p, n)
		}
	}
	if of[1].Name != "a" || of[1].Min != 1e6 {
		t.Errorf("%+v", of[1])
	}
	for range 2 {
		if err := c.SetPrefixes(nil); err != nil || c.Prefixes() != nil {
			t.Errorf("without prefixes: %v, %v", c.Prefixes(), err)
		}
	}
}

// TestPrefixCountsWhileMoving counts the entries of a full shard page by page, while entries move from one page to another and
// leave; then it empties the shard.
func TestPrefixCountsWhileMoving(t *testing.T) {
	c := newTestCache(t, Options{MaxMemory: 2 << 20, Shards: 1})
	r := rand.New(rand.NewPCG(testSeed(t), 0))
	key := func() string { return fmt.Sprint([]string{"a", "b"}[r.IntN(2)], r.IntN(20_000)) }
	set := func(size int) {
		if err := c.SetString(key(), noise[:size], 0); err != nil {
			t.Fatal(err)
		}
	}
	for range 20_000 {
		set(50)
	}
	if err := c.SetPrefixes([]Prefix{{Name: "a"}}); err != nil {
		t.Fatal(err)
	}
	s := &c.table.Load().shards[0] // nobody else has it
	for size := 60; s.countMore(); size += 40 {
		for range 300 {
			c.DeleteString(key())
		}
		for range 100 {
			set(size)
		}
		mustCheck(t, c)
	}
	if of := c.Prefixes()[0]; of.Counting || of.Entries < 100 || of.Evictions < 100 {
		t.Errorf("%+v", of)
	}
	c.Flush()
	mustCheck(t, c)
	if of := c.Prefixes()[0]; of.Entries != 0 || of.Bytes != 0 || of.Evictions < 100 {
		t.Errorf("after a flush: %+v", of)
	}
}
