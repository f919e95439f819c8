package workload

import (
	"errors"
	"strings"
	"testing"
)

// FuzzTrace reads traces that anybody may have written. What is accepted can be replayed: every request is of a key
// that the trace names, within the limits of a node.
func FuzzTrace(f *testing.F) {
	for _, s := range []string{
		"0,k,1,10,1,get,0\n", "# comment\n\n5,a,b,c,3,20,1,set,3600\n9,a,b,c,3,20,1,delete,0\n",
		"1,k,1,10,1,incr,0\n0,k,1,10,1,get,0\n", "1,k,1,99999999999999999999,1,get,0\n", "4294967295,k,1,-1,1,cas,0", "x,k,1,1,1,get,0\n",
		"0,,0,0,0,get,0\n", "0,k,1,70000,1,append,0\r\n", "0,k,get\n", "1,2,3,4,5,prepend", "0,\x00\xff,2,1,1,gets,0\n", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ReadTrace(strings.NewReader(text), 1)
		if err != nil {
			if w != nil {
				t.Fatal("a workload and an error")
			}
			return
		}
		trace := w.Trace()
		if trace.Len() == 0 {
			t.Fatal("a trace without requests was accepted")
		}
		s := w.Sequence(0, 1, 0)
		var r Request
		var key []byte
		requests := 0
		for s.Next(&r) {
			requests++
			if r.Kind == Incr {
				continue // of counters, which have keys of their own
			}
			key = w.Keys.Append(key[:0], r.Key)
			size := w.ValueSize(r.Key)
			if len(key) == 0 || len(key)+size > Limit || !strings.Contains(text, string(key)) {
				t.Fatalf("request %d is of the key %q and %d bytes", requests, key, size)
			}
		}
		if requests != trace.Len() {
			t.Fatalf("%d requests were replayed of %d", requests, trace.Len())
		}
	})
}

// TestTraceTooLong asks for the line at which a trace cannot be read.
func TestTraceTooLong(t *testing.T) {
	_, err := ReadTrace(strings.NewReader("0,k,1,1,1,get,0\n0,"+strings.Repeat("k", 2<<20)+",1,1,1,get,0\n"), 1)
	if err == nil || !strings.Contains(err.Error(), "after 1 requests") || errors.Unwrap(err) == nil {
		t.Errorf("%v", err)
	}
}
