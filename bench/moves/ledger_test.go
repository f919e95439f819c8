//go:build linux

package moves

import (
	"errors"
	"testing"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/ring"
)

// TestJudge: an answer must be a version of its key that was written, and not be older than what was acknowledged.
func TestJudge(t *testing.T) {
	l := newLedger(2)
	for range 3 { // versions 1 and 2 are acknowledged, 3 is not
		v, ok := l.begin(1)
		if !ok {
			t.Fatal("the key is taken")
		}
		if v < 3 {
			l.end(1, v, nil)
		} else {
			l.end(1, v, errors.New("lost"))
		}
	}
	if _, ok := l.begin(1); ok {
		t.Error("a key whose last write is unknown is written again")
	}
	for _, c := range []struct {
		what  string
		value []byte
		found bool
		want  verdict
	}{
		{"nothing", nil, false, missing},
		{"an older version", appendValue(nil, 1, 1), true, stale},
		{"the acknowledged version", appendValue(nil, 1, 2), true, right},
		{"the unknown version", appendValue(nil, 1, 3), true, right},
		{"one that was not written", appendValue(nil, 1, 4), true, wrong},
		{"another key's value", appendValue(nil, 0, 2), true, wrong},
		{"a part of the value", appendValue(nil, 1, 2)[:50], true, wrong},
		{"an empty value", nil, true, wrong},
	} {
		if got := l.judge(1, l.acked[1].Load(), c.value, c.found); got != c.want {
			t.Errorf("%s is %v, want %v", c.what, got, c.want)
		}
	}
	if got := l.judge(0, 0, nil, false); got != right {
		t.Errorf("a key that was not written and is missing: %v", got)
	}
}

// TestTake: what is read back counts lost keys and versions once.
func TestTake(t *testing.T) {
	l := newLedger(4)
	for i := range 3 {
		for range 5 {
			v, _ := l.begin(i)
			l.end(i, v, nil)
		}
	}
	found := []client.Result{{Value: appendValue(nil, 0, 5)}, {Err: client.ErrNotFound}, {Value: appendValue(nil, 2, 3)}, {Value: appendValue(nil, 3, 1)}}
	l.issued[3].Store(1) // a flush has removed it
	read := func() (k kept) {
		for i, r := range found {
			k.take(l, i, keyOf(i), r)
		}
		return k
	}
	k := read()
	if k.Missing != 1 || k.Older != 2 || k.Wrong != 1 || k.lost() != 3 {
		t.Errorf("found %d missing, %d versions older, %d wrong; want 1, 2, 1", k.Missing, k.Older, k.Wrong)
	}
	if n := k.slots[ring.Slot(keyOf(2))]; n != 1 {
		t.Errorf("%d keys in the slot of one that was found", n)
	}
	if k = read(); k.lost() != 0 {
		t.Errorf("%d are lost again", k.lost())
	}
}

// TestProblems: what a change may cost.
func TestProblems(t *testing.T) {
	for _, c := range []struct {
		what    string
		seen    Trial
		may     tolerance
		kept    kept
		counted int
		left    error
		want    string
	}{
		{what: "nothing"},
		{what: "failures", seen: Trial{Errors: 2}, want: "2 requests failed"},
		{what: "allowed failures", seen: Trial{Errors: 2}, may: tolerance{failures: true}},
		{what: "a primary's writes", seen: Trial{Stale: 1}, may: tolerance{primary: true}, kept: kept{Older: 2}, counted: 2},
		{what: "more than counted", may: tolerance{primary: true}, kept: kept{Older: 2}, counted: 1, want: "of 2 acknowledged writes that are lost the nodes count 1"},
		{what: "a secondary's writes", kept: kept{Older: 2}, counted: 2, want: "2 acknowledged writes are lost"},
		{what: "a missing key", may: tolerance{true, true}, kept: kept{Missing: 1}, counted: 1, want: "1 keys are lost"},
		{what: "misses", seen: Trial{Misses: 3}, may: tolerance{true, true}, want: "3 misses of keys that exist"},
		{what: "wrong", kept: kept{Wrong: 1}, may: tolerance{true, true}, want: "1 wrong answers"},
		{what: "leftovers", left: errors.New("left"), want: "left"},
	} {
		c.seen.judge(c.may, c.kept, c.counted, c.left)
		if got := join(c.seen.Problems); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
