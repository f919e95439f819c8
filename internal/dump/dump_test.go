package dump

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var written = time.UnixMilli(1700000000123)

// make writes a file of entries.
func file(t testing.TB, entries []Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, written)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Records() != uint64(len(entries)) || w.Written() != int64(b.Len()) {
		t.Fatalf("%d records, %d bytes", w.Records(), w.Written())
	}
	return b.Bytes()
}

// read returns the entries before the error.
func read(r io.Reader) (entries []Entry, err error) {
	d, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	for {
		e, err := d.Next()
		if err != nil {
			return entries, err
		}
		entries = append(entries, e)
	}
}

func same(a, b []Entry) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Key != b[i].Key || !bytes.Equal(a[i].Value, b[i].Value) || !a[i].Expire.Equal(b[i].Expire) {
			return false
		}
	}
	return true
}

func random(n int) []Entry {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	entries := make([]Entry, n)
	for i := range entries {
		key := make([]byte, 1+r.IntN(40))
		value := make([]byte, r.IntN(2000))
		for j := range key {
			key[j] = byte(r.Uint32())
		}
		for j := range value {
			value[j] = byte(r.Uint32())
		}
		entries[i] = Entry{Key: string(key), Value: value}
		if r.IntN(2) == 0 {
			entries[i].Expire = time.UnixMilli(1 + r.Int64N(1<<43))
		}
	}
	return entries
}

func TestRoundTrip(t *testing.T) {
	largest := []Entry{
		{Key: strings.Repeat("k", MaxItem)},
		{Key: "k", Value: make([]byte, MaxItem-1), Expire: time.UnixMilli(1)},
	}
	for _, entries := range [][]Entry{nil, {{Key: "a"}}, largest, random(1000)} {
		data := file(t, entries)
		got, err := read(bytes.NewReader(data))
		if err != io.EOF || !same(got, entries) {
			t.Errorf("%d of %d entries came back, %v", len(got), len(entries), err)
		}
		d, err := NewReader(bytes.NewReader(data))
		if err != nil || !d.Written().Equal(written) {
			t.Errorf("written at %v, %v", d.Written(), err)
		}
	}
}

// TestBytes pins the format: version 1 must stay readable.
func TestBytes(t *testing.T) {
	const pinned = "CGDUMP\r\n\x01\x00\x00\x00\x7b\x68\xe5\xcf\x8b\x01\x00\x00\x53\xc6\x07\x86" +
		"\n\x00\x00\x00\x45\x25\x8c\x72\x01\x02\x00a12\x01\x00\x05b" +
		"\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\xd4\xef\xcb\x81"
	got := file(t, []Entry{{Key: "a", Value: []byte("12")}, {Key: "b", Expire: time.UnixMilli(5)}})
	if string(got) != pinned {
		t.Errorf("%q", got)
	}
}

func TestWriteRefuses(t *testing.T) {
	w, _ := NewWriter(io.Discard, written)
	for _, e := range []Entry{{}, {Value: []byte("x")}, {Key: "k", Value: make([]byte, MaxItem)}} {
		if err := w.Write(e); err == nil {
			t.Errorf("a key of %d and a value of %d bytes are taken", len(e.Key), len(e.Value))
		}
	}
}

type failing struct{ n int }

func (f *failing) Write(p []byte) (int, error) {
	if f.n--; f.n < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	for n := range 3 {
		w, err := NewWriter(&failing{n}, written)
		if err == nil {
			if err = w.Write(Entry{Key: "k"}); err == nil {
				err = w.Close()
			}
		}
		if err == nil || err.Error() != "disk full" {
			t.Errorf("after %d writes: %v", n, err)
		}
	}
}

// TestCutAndDamaged cuts a file at every place and changes every byte of it: it must never read as
// whole, and the entries read before the error must be those written.
func TestCutAndDamaged(t *testing.T) {
	entries := random(3)
	for i := range entries {
		entries[i].Value = entries[i].Value[:min(10, len(entries[i].Value))]
	}
	data := file(t, entries)
	check := func(what string, i int, data []byte) {
		got, err := read(bytes.NewReader(data))
		var e *Error
		if !errors.As(err, &e) || len(got) > 0 && !same(got, entries[:len(got)]) || e.Offset > int64(len(data)) {
			t.Fatalf("%s at %d: %d entries, %v", what, i, len(got), err)
		}
		if what == "cut" && e.Cut == (i < len(magic)) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	for i := range data {
		check("cut", i, data[:i])
		damaged := bytes.Clone(data)
		damaged[i] ^= 1 << (i % 8)
		check("damaged", i, damaged)
	}
	check("more", 0, append(bytes.Clone(data), 0))
	check("twice", 0, append(bytes.Clone(data), data...))
}

// TestBlocks takes whole blocks away, doubles and swaps them.
func TestBlocks(t *testing.T) {
	data := file(t, random(900)) // a few blocks
	var blocks [][]byte
	for at := headerSize; ; {
		n := int(binary.LittleEndian.Uint32(data[at:]))
		if n == 0 {
			break
		}
		blocks = append(blocks, data[at:at+frameSize+n])
		at += frameSize + n
	}
	if len(blocks) < 3 {
		t.Fatalf("%d blocks", len(blocks))
	}
	end := data[len(data)-endSize:]
	for name, order := range map[string][]int{"missing": {0, 2}, "doubled": {0, 0, 1, 2}, "swapped": {1, 0, 2}, "last missing": {0, 1}} {
		b := bytes.Clone(data[:headerSize])
		for _, i := range order {
			b = append(b, blocks[i]...)
		}
		var e *Error
		if _, err := read(bytes.NewReader(append(b, end...))); !errors.As(err, &e) || e.Cut {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMessages(t *testing.T) {
	whole := file(t, []Entry{{Key: "a"}})
	newer := bytes.Clone(whole)
	newer[8] = 2
	binary.LittleEndian.PutUint32(newer[20:], crc32.Checksum(newer[:20], castagnoli))
	for _, c := range []struct{ data, want string }{
		{"", "this is no dump: it does not begin as one; sound are the first 0 bytes"},
		{"{\"json\": true}            ", "this is no dump: it does not begin as one; sound are the first 0 bytes"},
		{string(whole[:20]), "the file is cut off in its header; sound are the first 0 bytes"},
		{string(whole[:30]), "the file is cut off; sound are the first 24 bytes"},
		{string(newer), "the dump has version 2, this program reads version 1; sound are the first 0 bytes"},
		{string(whole) + "x", "something follows the end of the dump; sound are the first 52 bytes"},
	} {
		if _, err := read(strings.NewReader(c.data)); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if _, err := read(io.MultiReader(bytes.NewReader(whole[:40]), brokenReader{})); err == nil || err.Error() != "reading the dump: gone" {
		t.Error(err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("gone") }

// TestLeftOut damages one block, in its records or in its checksum: the other blocks are read.
func TestLeftOut(t *testing.T) {
	entries := random(900)
	data := file(t, entries)
	blocks := 0
	for at := headerSize; ; blocks++ {
		n := int(binary.LittleEndian.Uint32(data[at:]))
		if n == 0 {
			break
		}
		count, _ := check(data[at+frameSize : at+frameSize+n])
		for name, where := range map[string]int{"checksum": at + 5, "first record": at + frameSize, "last record": at + frameSize + n - 1} {
			damaged := bytes.Clone(data)
			damaged[where] ^= 0x10
			d, err := NewReader(bytes.NewReader(damaged))
			if err != nil {
				t.Fatal(err)
			}
			told := 0
			d.Damaged = func(*Error) { told++ }
			read := uint64(0)
			for err == nil {
				var b Block
				if b, err = d.Block(nil); err == nil {
					read += b.records()
				}
			}
			if err != io.EOF || told != 1 || d.Lost() != count || read != uint64(len(entries))-count {
				t.Errorf("block %d, %s: %v, told %d times, %d read, %d lost, want %d", blocks, name, err, told, read, d.Lost(), count)
			}
		}
		at += frameSize + n
	}
	if blocks < 3 {
		t.Errorf("only %d blocks", blocks)
	}
}

// FuzzReader reads anything without a panic, in bounded memory; if it reads to the end, writing the entries again gives
// the same entries. The fuzzer cannot guess checksums, so it also supplies records, which get valid checksums here.
func FuzzReader(f *testing.F) {
	f.Add(file(f, nil), false)
	f.Add(file(f, random(3)), false)
	f.Add([]byte("\x01\x02\x00a12\x01\x00\x05b"), true)
	f.Add([]byte("\x00\x00\x00"), true)
	f.Fuzz(func(t *testing.T, data []byte, records bool) {
		if records && len(data) > 0 {
			data = frame(data)
		}
		entries, err := read(bytes.NewReader(data))
		var e *Error
		if d, err := NewReader(bytes.NewReader(data)); err == nil {
			d.Damaged = func(*Error) {}
			for err == nil {
				_, err = d.Next()
			}
			if d.Records() < uint64(len(entries)) || err != io.EOF && !errors.As(err, &e) {
				t.Fatalf("%d of %d entries without damaged blocks, %v", d.Records(), len(entries), err)
			}
		}
		if err != io.EOF {
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			return
		}
		again, err := read(bytes.NewReader(file(t, entries)))
		if err != io.EOF || !same(again, entries) {
			t.Fatalf("%d entries, %v", len(again), err)
		}
	})
}

// frame builds a file of records with valid checksums and record count.
func frame(records []byte) []byte {
	b := []byte(magic + "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	sum := crc32.Checksum(b, castagnoli)
	b = binary.LittleEndian.AppendUint32(b, sum)
	sum = crc32.Update(sum, castagnoli, records)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(records)))
	b = binary.LittleEndian.AppendUint32(b, sum)
	b = append(b, records...)
	n := uint64(0)
	for rest := records; len(rest) > 0; n++ {
		_, used, wrong := record(rest)
		if wrong != "" {
			break
		}
		rest = rest[used:]
	}
	end := binary.LittleEndian.AppendUint64(nil, n)
	b = append(append(b, 0, 0, 0, 0), end...)
	return binary.LittleEndian.AppendUint32(b, crc32.Update(sum, castagnoli, end))
}
