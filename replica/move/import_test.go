package move

import (
	"errors"
	"github.com/cachegopher/cachegopher/ring"
	"testing"
)

// TestImportRefusesOthers checks that an import takes nothing but entries of its slots.
func TestImportRefusesOthers(t *testing.T) {
	from, to := newNode(t, 1, nil), newNode(t, 2, nil)
	defer from.close()
	defer to.close()
	var slots ring.SlotSet
	slots.Add(0, 100)
	records := func(log func()) []byte {
		at := from.log.Merge()
		log()
		b, err := from.log.ReadRecords(nil, at, from.log.Merge(), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for what, b := range map[string][]byte{
		"a flush":            records(from.log.Flush),
		"a note":             records(func() { from.log.Note([]byte("x")) }),
		"another slot's key": records(func() { from.log.Set(0, []byte("foo"), nil, 0) }), // slot 12182
	} {
		im, err := NewTaker(to.cache, to.log).Begin("A", 1, 1, &slots)
		if err != nil {
			t.Fatal(err)
		}
		for more := true; more && err == nil; {
			more, err = im.Step(1000)
		}
		if err = errors.Join(err, im.Records(b)); !errors.Is(err, errForeign) || im.Entries() != 0 || !errors.Is(im.Valid(), errForeign) {
			t.Errorf("%s: %v, %d entries", what, err, im.Entries())
		}
	}
}

// TestFlushDuringCommit checks that the taker's store is not flushed while the giver may commit, though their connection has ended.
func TestFlushDuringCommit(t *testing.T) {
	n := newNode(t, 1, nil)
	defer n.close()
	var slots ring.SlotSet
	slots.Add(0, 100)
	taker := NewTaker(n.cache, n.log)
	confirmed := func() *Import {
		im, err := taker.Begin("A", 1, 1, &slots)
		for more := err == nil; more && err == nil; {
			more, err = im.Step(1000)
		}
		if err == nil {
			_, err = im.Confirm()
		}
		if err != nil {
			t.Fatal(err)
		}
		return im
	}
	for name, end := range map[string]func(){
		"the move is done or cancelled": func() { taker.End(&slots) },
		"the giver begins anew":         func() { _, _ = taker.Begin("A", 1, 2, &slots) },
		"the term is over":              func() { taker.Stop() },
	} {
		taker = NewTaker(n.cache, n.log)
		im := confirmed()
		im.Close()
		if err := taker.Flush(n.flush); !errors.Is(err, ErrHandingOver) {
			t.Errorf("flushed, %v, while the move may be committed", err)
		}
		if end(); taker.Flush(n.flush) != nil {
			t.Errorf("not flushed when %s", name)
		}
	}
	taker = NewTaker(n.cache, n.log)
	im := confirmed()
	if err := im.Records(nil); err != nil { // the giver goes on: it does not commit
		t.Fatal(err)
	}
	if im.Close(); taker.Flush(n.flush) != nil {
		t.Error("not flushed after an import that was not confirmed")
	}
}

// TestLateBegin checks that a BEGIN of an earlier attempt, which a lost connection delivers late, changes nothing.
func TestLateBegin(t *testing.T) {
	n := newNode(t, 1, nil)
	defer n.close()
	var slots ring.SlotSet
	slots.Add(0, 100)
	taker := NewTaker(n.cache, n.log)
	for _, c := range []struct {
		epoch, number uint64
		want          error
	}{{1, 7, nil}, {1, 7, errOutdated}, {1, 6, errOutdated}, {1, 8, nil}, {2, 1, nil}, {2, 1, errOutdated}} {
		before := taker.Imports(&slots)
		_, err := taker.Begin("A", c.epoch, c.number, &slots)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("epoch %d, attempt %d: %v, want %v", c.epoch, c.number, err, c.want)
		}
		if err != nil && taker.Imports(&slots) != before {
			t.Error("a refused attempt has ended an import")
		}
	}
	if _, err := taker.Begin("B", 1, 1, &slots); err != nil {
		t.Errorf("another group: %v", err)
	}
}
