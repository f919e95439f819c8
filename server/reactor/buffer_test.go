package reactor

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestBuffer compares a buffer with a plain slice, through random operations. It never takes much more
// than twice the most that it held.
func TestBuffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var free FreeList
		var q Buffer
		var want []byte
		most, next := 0, byte(0)
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				p := make([]byte, rapid.IntRange(0, 5000).Draw(t, "bytes"))
				for i := range p {
					next++
					p[i] = next
				}
				if q.b == nil {
					q.Take(free.Get(len(p)))
				}
				q.Append(p)
				want = append(want, p...)
				most = max(most, len(want))
			},
			"consume": func(t *rapid.T) {
				n := rapid.IntRange(0, len(want)).Draw(t, "bytes")
				q.Consume(n)
				want = want[n:]
			},
			"release": func(*rapid.T) {
				q.Release(&free)
				want, most = nil, 0
			},
			"": func(t *rapid.T) {
				if q.Len() != len(want) || !bytes.Equal(q.Bytes(), want) {
					t.Fatalf("%d bytes, want %d, or others", q.Len(), len(want))
				}
				if cap(q.b) > 2*most+MaxFree {
					t.Fatalf("a capacity of %d bytes for at most %d", cap(q.b), most)
				}
			},
		})
	})
}

// TestFreeList releases buffers of many sizes. The list keeps a bounded number, prefers large ones, and returns
// buffers that are empty and large enough.
func TestFreeList(t *testing.T) {
	var f FreeList
	for n := 1; n <= 2*MaxFree; n *= 2 {
		f.put(make([]byte, n))
	}
	f.put(nil)
	for range 2 * freeBuffers {
		f.put(make([]byte, MaxFree))
		f.put(make([]byte, 10))
	}
	if len(f) != freeBuffers {
		t.Fatalf("%d buffers are kept", len(f))
	}
	for i := range freeBuffers {
		if b := f.Get(MaxFree); len(b) != 0 || cap(b) != MaxFree {
			t.Errorf("buffer %d has %d of %d bytes", i, len(b), cap(b))
		}
	}
	if len(f) != 0 {
		t.Errorf("%d buffers are kept though all were asked for", len(f))
	}
	for _, n := range []int{0, 1, minBuffer, minBuffer + 1, MaxFree, MaxFree + 1, 10 * MaxFree} {
		if b := f.Get(n); len(b) != 0 || cap(b) < n || cap(b) < minBuffer {
			t.Errorf("asked for %d bytes: %d of %d", n, len(b), cap(b))
		}
	}
	if allocs := testing.AllocsPerRun(100, func() { f.put(f.Get(5000)) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// TestGetFit checks that a buffer is hardly larger than its content, whatever buffers are in the list.
func TestGetFit(t *testing.T) {
	var f FreeList
	for _, n := range []int{100_000, 1, 5000, 60_000, 100_000} {
		b := f.GetFit(n)
		if len(b) != 0 || cap(b) < n || cap(b) > 2*n+minBuffer {
			t.Errorf("%d bytes are kept in %d of %d", n, len(b), cap(b))
		}
		f.put(b)
	}
}
