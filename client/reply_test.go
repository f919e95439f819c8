package client

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// replies are replies on the wire, with their values.
var replies = []struct {
	wire string
	want Value
}{
	{"$5\r\nhello\r\n", Value{Type: '$', Bytes: []byte("hello")}},
	{"$0\r\n\r\n", Value{Type: '$', Bytes: []byte{}}},
	{"$4\r\n\r\n\r\n\r\n", Value{Type: '$', Bytes: []byte("\r\n\r\n")}},
	{"$-1\r\n", Value{Type: '_'}},
	{"*-1\r\n", Value{Type: '_'}},
	{"_\r\n", Value{Type: '_'}},
	{"+OK\r\n", Value{Type: '+', Bytes: []byte("OK")}},
	{"+\r\n", Value{Type: '+', Bytes: []byte{}}},
	{"+PONG\r\n", Value{Type: '+', Bytes: []byte("PONG")}},
	{":-9223372036854775808\r\n", Value{Type: ':', Int: -9223372036854775808}},
	{":42\r\n", Value{Type: ':', Int: 42}},
	{"#t\r\n", Value{Type: '#', Int: 1}},
	{"#f\r\n", Value{Type: '#'}},
	{",1.5\r\n", Value{Type: ',', Float: 1.5}},
	{"(123456789012345678901234567890\r\n", Value{Type: '(', Bytes: []byte("123456789012345678901234567890")}},
	{"=7\r\ntxt:abc\r\n", Value{Type: '=', Bytes: []byte("abc")}},
	{"*0\r\n", Value{Type: '*', Array: []Value{}}},
	{"*2\r\n:1\r\n*2\r\n$1\r\na\r\n_\r\n", Value{Type: '*', Array: []Value{{Type: ':', Int: 1},
		{Type: '*', Array: []Value{{Type: '$', Bytes: []byte("a")}, {Type: '_'}}}}}},
	{"%1\r\n+a\r\n:1\r\n", Value{Type: '%', Array: []Value{{Type: '+', Bytes: []byte("a")}, {Type: ':', Int: 1}}}},
	{"~1\r\n-ERR in a set\r\n", Value{Type: '~', Array: []Value{{Type: '-', Bytes: []byte("ERR in a set")}}}},
	{"|1\r\n+ttl\r\n:3\r\n$1\r\nv\r\n", Value{Type: '$', Bytes: []byte("v")}},
	{"*2\r\n|1\r\n+a\r\n*1\r\n:1\r\n:7\r\n:8\r\n", Value{Type: '*', Array: []Value{{Type: ':', Int: 7}, {Type: ':', Int: 8}}}},
}

func TestRepliesCutAnywhere(t *testing.T) {
	for _, x := range replies {
		var s scanState
		for cut := 0; cut < len(x.wire); cut++ {
			if n, err := s.scan([]byte(x.wire[:cut])); n != 0 || err != nil {
				t.Fatalf("%q cut at %d: length %d, %v", x.wire, cut, n, err)
			}
		}
		n, err := s.scan([]byte(x.wire + "+more\r\n"))
		if n != len(x.wire) || err != nil {
			t.Fatalf("%q: length %d, %v", x.wire, n, err)
		}
		var r reply
		if err := r.decode([]byte(x.wire)); err != nil {
			t.Fatalf("%q: %v", x.wire, err)
		}
		if got := r.value(); !reflect.DeepEqual(got, x.want) && !(len(got.Bytes)+len(x.want.Bytes) == 0 && got.Type == x.want.Type) {
			t.Errorf("%q is %+v, want %+v", x.wire, got, x.want)
		}
	}
}

func TestErrorReplies(t *testing.T) {
	for _, wire := range []string{"-WRONGTYPE no\r\n", "!12\r\nWRONGTYPE no\r\n"} {
		var r reply
		if err := r.decode([]byte(wire)); err != nil {
			t.Fatal(err)
		}
		var se *ServerError
		if !errors.As(r.err, &se) || se.Code() != "WRONGTYPE" || se.Error() != "WRONGTYPE no" {
			t.Errorf("%q: %v", wire, r.err)
		}
	}
}

func TestBrokenReplies(t *testing.T) {
	for _, wire := range []string{
		"x\r\n", "\r\n\r\n", "$\r\n", "$-2\r\n", "$x\r\n", "$3\r\nabcd\r\n", "$3\r\nabc\n\r", "+OK\n\n",
		"*-2\r\n", "*99999999\r\n", "*9999999999\r\n", "$9999999999\r\n", "%x\r\n", "*1\r\n$3\r\nabcde",
		"$12345678901234567890123\r\n",
	} {
		var s scanState
		if n, err := s.scan([]byte(wire + "\r\n\r\n\r\n")); !errors.Is(err, errProtocol) {
			t.Errorf("%q: length %d, %v", wire, n, err)
		}
	}
	deep := strings.Repeat("*1\r\n", 2*maxDepth) + ":1\r\n"
	var r reply
	if err := r.decode([]byte(deep)); !errors.Is(err, errProtocol) {
		t.Errorf("an endless nest: %v", err)
	}
	for _, wire := range []string{":x\r\n", ":12345678901234567890\r\n", "*1\r\n,x\r\n", "*1\r\n:x\r\n"} {
		if err := new(reply).decode([]byte(wire)); !errors.Is(err, errProtocol) {
			t.Errorf("%q: %v", wire, err)
		}
	}
}

// A reply's length must not depend on the pieces in which it arrives; decoding must not panic
// on a scanned reply; and no decoded value may refer to the buffer.
func FuzzReply(f *testing.F) {
	for _, x := range replies {
		f.Add([]byte(x.wire), uint16(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, cut uint16) {
		var whole, pieces scanState
		n, err := whole.scan(b)
		at := int(cut) % (len(b) + 1)
		n2, err2 := pieces.scan(b[:at])
		if n2 == 0 && err2 == nil {
			n2, err2 = pieces.scan(b)
		}
		if n != n2 || (err == nil) != (err2 == nil) {
			t.Fatalf("in one piece %d, %v; cut at %d %d, %v", n, err, at, n2, err2)
		}
		if err != nil || n == 0 {
			return
		}
		var r, again reply
		if err := r.decode(b[:n]); err != nil {
			return
		}
		if err := again.decode(bytes.Clone(b[:n])); err != nil {
			t.Fatal(err)
		}
		clear(b)
		if fmt.Sprint(r.value()) != fmt.Sprint(again.value()) {
			t.Fatal("a decoded reply changed with the buffer")
		}
	})
}
