package wire

import (
	"reflect"
	"testing"
)

// FuzzRESP decodes any bytes whole and cut at any two offsets, and compares the
// requests, errors and sizes.
func FuzzRESP(f *testing.F) {
	for _, row := range respRows {
		if len(row.in) < 1000 {
			f.Add([]byte(row.in), uint16(len(row.in)/2), uint16(len(row.in)-1))
		}
	}
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$999999\r\nxxxx"), uint16(1), uint16(9))
	f.Fuzz(func(t *testing.T, in []byte, a, b uint16) {
		if len(in) > 4096 {
			return
		}
		i, j := int(a)%(len(in)+1), int(b)%(len(in)+1)
		want := decode(t, in)
		got := decode(t, in, min(i, j), max(i, j))
		if !reflect.DeepEqual(got.got, want.got) {
			t.Fatalf("%q cut at %d and %d:\n%q, whole\n%q", in, i, j, got.got, want.got)
		}
		if got.bad != want.bad || len(got.buf) != len(want.buf) {
			t.Fatalf("%q cut at %d and %d: %d bytes are left, whole %d", in, i, j, len(got.buf), len(want.buf))
		}
	})
}
