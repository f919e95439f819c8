package replica

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/lru"
)

// TestNoteInOrder checks that a note comes after what was logged before it and before what was logged after it, whichever
// stages and batches the records were in, and that it changes nothing.
func TestNoteInOrder(t *testing.T) {
	l := newTestLog(t, 4<<20)
	c, err := lru.New(lru.Options{MaxEntries: 10_000, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	const keys = 300
	set := func(value string) {
		for i := range keys {
			l.Set(uint64(i)*0x9e3779b97f4a7c15, fmt.Appendf(nil, "k%d", i), []byte(value), 0)
		}
	}
	set("before")
	l.Note([]byte("first"))
	set("between")
	l.Note([]byte("second"))
	for i := range keys {
		l.Delete(uint64(i)*0x9e3779b97f4a7c15, fmt.Appendf(nil, "k%d", i))
	}
	b, err := l.Read(nil, 0, int(l.Merge()))
	if err != nil || countRecords(b) != 3*keys+2 || WholeRecords(b, len(b)) != len(b) {
		t.Fatalf("%d records: %v", countRecords(b), err)
	}
	var notes []string
	noted := func(payload []byte) {
		notes = append(notes, string(payload))
		for i := range keys {
			value, ok := c.Get(nil, fmt.Appendf(nil, "k%d", i))
			if want := []string{"before", "between"}[len(notes)-1]; !ok || string(value) != want {
				t.Fatalf("at note %q key %d has %q", payload, i, value)
			}
		}
	}
	if err := NewCacheStore(c).Apply(b, noted); err != nil || fmt.Sprint(notes) != "[first second]" {
		t.Fatalf("%v: notes %q", err, notes)
	}
	if n := c.Stats().Entries; n != 0 {
		t.Fatalf("%d entries are left", n)
	}
	if err := NewCacheStore(c).Apply(b, nil); err != nil {
		t.Fatal(err)
	}
}

// TestNoteAsRecord checks that other packages tell a note from a flush.
func TestNoteAsRecord(t *testing.T) {
	l := newTestLog(t, MinLog)
	l.Note([]byte("payload"))
	l.Flush()
	b, err := l.ReadRecords(nil, 0, l.Merge(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	note, n, err := DecodeRecord(b)
	if err != nil || !note.Note || note.Flush() || note.Deleted || !bytes.Equal(note.Value, []byte("payload")) {
		t.Errorf("a note is decoded as %+v, %v", note, err)
	}
	if flush, _, err := DecodeRecord(b[n:]); err != nil || flush.Note || !flush.Flush() {
		t.Errorf("a flush is decoded as %+v, %v", flush, err)
	}
}

// noted keeps a note.
func (n *memberNode) noted(payload []byte) {
	text := string(payload)
	n.note.Store(&text)
}

// TestNoteReachesSecondaries checks that a member that follows gets the notes of its primary.
func TestNoteReachesSecondaries(t *testing.T) {
	nodes := memberGroup(t, "na", "nb")
	if err := nodes[1].m.Follow(0, "g", "na", []string{"na", "nb"}); err != nil {
		t.Fatal(err)
	}
	if err := nodes[0].m.Lead(0, "g", []string{"nb"}); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "group in step", func() bool { return inStep(nodes[0]) })
	if !nodes[0].set("key", "value") {
		t.Fatal("the write was refused")
	}
	nodes[0].log.Note([]byte("payload"))
	testkit.Eventually(t, "the note at the secondary", func() bool { n := nodes[1].note.Load(); return n != nil && *n == "payload" })
	if nodes[1].holds()["key"] != "value" {
		t.Error("the note came before the write that was logged before it")
	}
	if nodes[0].note.Load() != nil {
		t.Error("the primary was told of its own note")
	}
}
