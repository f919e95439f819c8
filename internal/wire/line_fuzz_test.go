package wire

import (
	"reflect"
	"testing"
)

// FuzzLine compares the decoder with a simple model. The input arrives cut at two offsets. A repeat over 250
// lengthens it, since only lines of more than 64 KB are dropped.
func FuzzLine(f *testing.F) {
	f.Add([]byte("SET k v\r\nGET k\n"), uint(3), uint(9), uint8(0))
	f.Add([]byte("SETEX key 10 value\n"), uint(70_000), uint(1), uint8(255))
	f.Fuzz(func(t *testing.T, in []byte, one, two uint, repeat uint8) {
		if len(in) > 4096 {
			return
		}
		if repeat > 250 && len(in) > 0 { // the last byte but one, many times
			at := max(len(in)-1, 0)
			long := make([]byte, MaxLine-100+int(repeat)%5*100)
			for i := range long {
				long[i] = in[max(at-1, 0)]
			}
			in = append(append(append([]byte{}, in[:at]...), long...), in[at:]...)
		}
		a, b := int(one%uint(len(in)+1)), int(two%uint(len(in)+1))
		c := decodeLines(t, in, min(a, b), max(a, b))
		if want := plainLines(in); !reflect.DeepEqual(c.got, want) {
			t.Fatalf("cut at %d and %d: %.300q, want %.300q", a, b, c.got, want)
		}
		if c.kept > MaxLine {
			t.Fatalf("%d bytes are kept", c.kept)
		}
	})
}
