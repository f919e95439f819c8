package move

import (
	"errors"
	"testing"
)

// TestImportRefusesOthers checks that an import takes nothing but entries of its slots.
func TestImportRefusesOthers(t *testing.T) {
	from, to := newNode(t, 1, nil), newNode(t, 2, nil)
	defer from.close()
	defer to.close()
	var slots Slots
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
		im, err := NewTaker(to.cache, to.log).Begin("A", 1, &slots)
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
