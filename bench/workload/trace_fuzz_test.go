package workload

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzReplay replays traces that anybody may have written. Every request has a key and a value within the limits of a
// node, and all requests that were seen before come.
func FuzzReplay(f *testing.F) {
	for _, s := range []string{
		"0,k,1,10,1,get,0\n", "# comment\n\n5,a,b,c,3,20,1,set,3600\n9,a,b,c,3,20,1,delete,0\n",
		"1,k,1,10,1,incr,0\n0,k,1,10,1,get,0\n", "1,k,1,99999999999999999999,1,get,0\n", "4294967295,k,1,-1,1,cas,0", "x,k,1,1,1,get,0\n",
		"0,,0,0,0,get,0\n", "0,k,1,70000,1,append,0\r\n", "0,k,get\n", "1,2,3,4,5,prepend", "0,\x00\xff,2,1,1,gets,0\n", "", "1\n2\n", "1 [0 x] \"set\" \"k\" \"\"\n",
	} {
		f.Add(s, false)
		f.Add(s, true)
	}
	path := filepath.Join(f.TempDir(), "trace")
	f.Fuzz(func(t *testing.T, text string, skip bool) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := OpenTrace(TraceOptions{Path: path, Skip: skip, Speed: 10, Count: 10000}, 1)
		if err != nil {
			if w != nil {
				t.Fatal("a workload and an error")
			}
			return
		}
		feed, err := w.Feed(KeyRule{})
		if err != nil {
			t.Fatal(err)
		}
		s := feed.Sequence(w)
		var r Request
		requests := int64(0)
		for s.Next(&r) {
			requests++
			g := r.Given
			if len(g.Key) == 0 || g.Size < 0 || g.Expiry < 0 || r.Kind == Set && len(g.Key)+g.Size > Limit {
				t.Fatalf("request %d is of the key %q and %d bytes", requests, g.Key, g.Size)
			}
			if r.Kind == Set {
				value := w.Values.Append(nil, r.Key, 1, g.Size)
				if _, _, ok := w.Values.Check(r.Key, value); !ok || bytes.ContainsAny(value, " \n") {
					t.Fatalf("a value of %d bytes is not known again", g.Size)
				}
			}
		}
		if _, err := feed.Close(); err != nil || requests != w.Trace().Requests {
			t.Fatalf("%d requests were replayed of %d, %v", requests, w.Trace().Requests, err)
		}
	})
}
