package snapshot

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/dump"
	"github.com/cachegopher/cachegopher/lru"
)

// TestDump loads what the command line's DUMP writes, and reads a snapshot as its LOAD does.
func TestDump(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	expiry := time.UnixMilli(time.Now().Add(time.Hour).UnixMilli())
	entries := map[string]dump.Entry{
		"a":        {Key: "a", Value: []byte("1")},
		"\x00\xff": {Key: "\x00\xff", Value: bytes.Repeat([]byte{0}, 65_000), Expire: expiry},
	}
	var b bytes.Buffer
	w, err := dump.NewWriter(&b, time.Now())
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
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCache(t, lru.Options{MaxMemory: 64 << 20})
	if l := load(t, c, path); l.Entries != 2 || l.Damage != nil {
		t.Errorf("%+v", l)
	}
	save(t, c, path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	d, err := dump.NewReader(f)
	for err == nil {
		var got dump.Entry
		if got, err = d.Next(); err == nil {
			if want, ok := entries[got.Key]; !ok || !bytes.Equal(got.Value, want.Value) || !got.Expire.Equal(want.Expire) {
				t.Errorf("%q: %d bytes, expires %v", got.Key, len(got.Value), got.Expire)
			}
		}
	}
	if err != io.EOF || d.Records() != 2 {
		t.Errorf("%d records, %v", d.Records(), err)
	}
}
