package replica

import (
	"bytes"
	"reflect"
	"testing"
)

func someKept() Kept {
	k := Kept{
		Position: Position{History: History{Date: 1 << 40, ID: [20]byte{1, 2, 3}}, Offset: 12345, Complete: true}, mixed: true,
		peers: []string{"n1", "n2:x"}, line: lineage{{[20]byte{9}, 7}, {[20]byte{8}, 8}}, maxDate: 1 << 41, leads: leadership{1 << 33, "n1"},
	}
	for range 100 {
		k.records = appendSet(k.records, []byte("key"), bytes.Repeat([]byte("v"), 50), 0)
	}
	return k
}

// TestKeptEncoding: what is decoded is what was encoded, and a part of it, or another version, is an error.
func TestKeptEncoding(t *testing.T) {
	for _, k := range []Kept{someKept(), someKept().WithoutLog(), {}} {
		b := k.Append(nil)
		got, err := ParseKept(b)
		if len(got.records) == 0 {
			got.records = nil
		}
		if err != nil || !reflect.DeepEqual(got, k) {
			t.Errorf("%+v, %v, want %+v", got, err, k)
		}
		for n := range len(b) - len(k.records) {
			if _, err := ParseKept(b[:n]); err == nil {
				t.Fatalf("%d of %d bytes are enough", n, len(b))
			}
		}
		b[0]++
		if _, err := ParseKept(b); err == nil {
			t.Error("another version is read")
		}
	}
}

// TestKeptLog: the log goes on where it ended, with the records that it had, also if it has wrapped around; one that is too
// small for them, or gets something else, begins empty at the same offset.
func TestKeptLog(t *testing.T) {
	log := emptyLog(t, MinLog)
	for i := range 3 * MinLog / 60 {
		log.Set(uint64(i)<<56, []byte("key"), bytes.Repeat([]byte{byte(i)}, 50), 0)
	}
	end := log.Merge()
	records := log.all()
	if len(records) < MinLog*8/10 {
		t.Fatalf("%d bytes of records", len(records))
	}
	next := emptyLog(t, MinLog)
	next.restore(records, end)
	from, is := next.Bounds()
	got, err := next.Read(nil, from, MinLog)
	if err != nil || is != end || from != end-uint64(len(records)) || !bytes.Equal(got, records) {
		t.Errorf("%d to %d, want the end %d with %d bytes of records; %v", from, is, end, len(records), err)
	}
	next.Set(0, []byte("key"), []byte("later"), 0)
	if next.Merge() <= end {
		t.Error("it does not go on")
	}
	for _, wrong := range [][]byte{nil, records[1:], records[:len(records)-1], append(records, records...)} {
		empty := emptyLog(t, MinLog)
		empty.restore(wrong, end)
		if from, is := empty.Bounds(); from != end || is != end {
			t.Errorf("%d bytes: %d to %d, want %d", len(wrong), from, is, end)
		}
	}
}

func emptyLog(t *testing.T, size int) *Log {
	t.Helper()
	log, err := NewLog(size, 1)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// FuzzKept: no bytes make ParseKept fail otherwise than by its error, and what it reads can be used.
func FuzzKept(f *testing.F) {
	k := someKept()
	f.Add(k.Append(nil))
	k.Offset = 1 // less than the length of the records
	f.Add(k.Append(nil))
	log, err := NewLog(MinLog, 1)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseKept(b)
		if err != nil {
			return
		}
		log.restore(k.records, k.Offset)
		if from, end := log.Bounds(); from > end || end != k.Offset {
			t.Errorf("the log has %d to %d, want the end %d", from, end, k.Offset)
		}
	})
}
