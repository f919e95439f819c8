package replica

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

// appendSet appends a record that stores a value.
func appendSet(dst, key, value []byte, expireAt int64) []byte {
	return append(AppendSetHead(dst, key, len(value), expireAt), value...)
}

func newTestLog(t testing.TB, size int) *Log {
	t.Helper()
	l, err := NewLog(size, 4)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// decodeAll decodes whole records.
func decodeAll(t *testing.T, b []byte) (all []record) {
	t.Helper()
	for len(b) > 0 {
		r, n, err := decodeRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		all, b = append(all, r), b[n:]
	}
	return all
}

// TestLogOrder writes from several goroutines, each to its own keys, and wants all of
// every key's records, in order.
func TestLogOrder(t *testing.T) {
	const writers, each = 8, 2000
	l := newTestLog(t, 64<<20)
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 7))
			for i := range each {
				key := w*10 + i%10
				h := uint64(key) * 0x9e3779b97f4a7c15
				if i%7 == 0 {
					l.Delete(h, fmt.Appendf(nil, "k%d", key))
					continue
				}
				size := r.IntN(100)
				if i%500 == 0 {
					size = 60_000
				}
				l.Set(h, fmt.Appendf(nil, "k%d", key), append(fmt.Appendf(nil, "%d ", i), make([]byte, size)...), int64(i%3))
			}
		})
	}
	wait.Wait()
	end := l.Merge()
	b, err := l.Read(nil, 0, int(end))
	if err != nil {
		t.Fatal(err)
	}
	last, n := map[string]int{}, 0
	for _, r := range decodeAll(t, b) {
		n++
		if r.op == opDelete {
			continue
		}
		var i int
		if _, err := fmt.Sscan(string(r.value[:min(len(r.value), 8)]), &i); err != nil {
			t.Fatal(err)
		}
		if before, ok := last[string(r.key)]; ok && i <= before {
			t.Fatalf("%s: %d after %d", r.key, i, before)
		}
		last[string(r.key)] = i
		if r.expireAt != int64(i%3) {
			t.Fatalf("%s: expiry %d, want %d", r.key, r.expireAt, i%3)
		}
	}
	if n != writers*each {
		t.Fatalf("%d records, want %d", n, writers*each)
	}
}

// TestLogWraps reads every offset: what the log still has, and an error before that.
func TestLogWraps(t *testing.T) {
	l := newTestLog(t, MinLog)
	var all []byte
	for i := range 5000 {
		key, value := fmt.Appendf(nil, "key%d", i), bytes.Repeat([]byte{byte(i)}, i%300)
		l.Set(0, key, value, 0)
		all = appendSet(all, key, value, 0)
	}
	end := l.Merge()
	if end != uint64(len(all)) {
		t.Fatalf("the log ends at %d, want %d", end, len(all))
	}
	from, _ := l.Bounds()
	if end-from != MinLog {
		t.Fatalf("the log covers %d bytes", end-from)
	}
	for _, at := range []uint64{from, from + 1, end - 100, end} {
		b, err := l.Read(nil, at, 1<<30)
		if err != nil || !bytes.Equal(b, all[at:]) {
			t.Errorf("offset %d: %d bytes, %v", at, len(b), err)
		}
	}
	for _, at := range []uint64{0, from - 1, end + 1} {
		if _, err := l.Read(nil, at, 10); !errors.Is(err, ErrFellOff) {
			t.Errorf("offset %d: %v", at, err)
		}
	}
}

// TestLogFlushOrder checks that a flush follows everything logged before it, whatever the stages hold.
func TestLogFlushOrder(t *testing.T) {
	l := newTestLog(t, MinLog)
	for i := range uint64(64) {
		l.Set(i<<58, []byte{byte(i)}, nil, 0)
	}
	l.Flush()
	l.Set(0, []byte("after"), nil, 0)
	b, err := l.Read(nil, 0, int(l.Merge()))
	if err != nil {
		t.Fatal(err)
	}
	all := decodeAll(t, b)
	if len(all) != 66 || all[64].op != opFlush || string(all[65].key) != "after" {
		t.Fatalf("%d records, the flush is not the last but one", len(all))
	}
}

// TestLogAllocates checks that a record needs no allocation.
func TestLogAllocates(t *testing.T) {
	l := newTestLog(t, 1<<20)
	key, value := []byte("some key"), make([]byte, 100)
	h := uint64(0)
	n := testing.AllocsPerRun(10_000, func() {
		h += 0x9e3779b97f4a7c15
		l.Set(h, key, value, 0)
		l.Delete(h, key)
	})
	if n != 0 {
		t.Errorf("%v allocations a write", n)
	}
}

func TestFrames(t *testing.T) {
	b := appendFrame(nil, frameAck, 77, 1)
	b = appendFrame(b, frameReady, 5)
	f, n, _, err := parseFrame(b)
	if err != nil || f.kind != frameAck || f.offset != 77 || !bytes.Equal(f.payload, []byte{1}) {
		t.Fatalf("%+v, %v", f, err)
	}
	if f, _, _, err := parseFrame(b[n:]); err != nil || f.kind != frameReady {
		t.Fatalf("%+v, %v", f, err)
	}
	for cut := range n {
		if _, got, need, err := parseFrame(b[:cut]); got != 0 || need <= 0 || need > n-cut || err != nil {
			t.Errorf("cut at %d: %d, needs %d, %v", cut, got, need, err)
		}
	}
	for i := range n {
		bad := append([]byte(nil), b[:n]...)
		bad[i] ^= 0x10
		if _, got, _, err := parseFrame(bad); got == n && err == nil {
			t.Errorf("byte %d is wrong and nobody noticed", i)
		}
	}
}

// FuzzFrame feeds a secondary's stream arbitrary bytes.
func FuzzFrame(f *testing.F) {
	f.Add(appendFrame(nil, frameBeat, 1, make([]byte, 8)...))
	f.Add(appendFrame(nil, frameLog, 0, appendSet(nil, []byte("k"), []byte("v"), 5)...))
	b, at := openFrame(nil)
	f.Add(closeFrame(begin{full: true}.append(b), at, frameBegin, 0))
	f.Fuzz(func(t *testing.T, in []byte) {
		if fr, n, _, err := parseFrame(in); err == nil && n > 0 && n != frameHead+len(fr.payload) {
			t.Fatal("wrong length")
		}
		for len(in) > 0 { // as a payload with a correct checksum
			r, n, err := decodeRecord(in)
			if err != nil {
				return
			}
			if n > len(in) || len(r.key)+len(r.value) > n {
				t.Fatalf("a record of %d bytes in %d", n, len(in))
			}
			in = in[n:]
		}
	})
}

func BenchmarkLogSet(b *testing.B) {
	l := newTestLog(b, 64<<20)
	key, value := []byte("key:0123456789ab"), make([]byte, 100)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		h := rand.Uint64()
		for pb.Next() {
			h += 0x9e3779b97f4a7c15
			l.Set(h, key, value, 0)
		}
	})
}
