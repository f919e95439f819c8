package trace

import (
	"bytes"
	"testing"
)

// FuzzTrace reads what anybody may have written. Every request has a key, no size or time to live is negative without
// meaning, and time never goes back.
func FuzzTrace(f *testing.F) {
	for _, c := range files {
		f.Add([]byte(c.text), "")
		f.Add([]byte(c.text), c.format)
	}
	f.Add([]byte("1,k,1,99999999999999999999,1,get,0\n"), "twitter")
	f.Add([]byte("18446744073709551615,k,1,0,1,set,18446744073709551615\n0,k,1,0,1,set,0\n"), "twitter")
	f.Add([]byte("1 [0 x] \"pexpireat\" \"a\" \"18446744073709551615\"\n"), "monitor")
	f.Fuzz(func(t *testing.T, text []byte, format string) {
		r, err := NewReader(bytes.NewReader(text), format)
		if err != nil {
			return
		}
		var q, last Request
		for n := 0; n < 10000 && r.Next(&q); n++ {
			if len(q.Key) == 0 || q.Size < -1 || q.TTL < 0 || q.Time < last.Time || int(q.Op) >= len(opNames) {
				t.Fatalf("request %d: %+v after %+v", n, q, last)
			}
			last = q
		}
		if n := len(r.Changes()); n > mostChanges+1 {
			t.Fatalf("%d sorts of changes", n)
		}
	})
}
