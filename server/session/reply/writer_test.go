package reply_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/line"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

// begun returns a writer of version 2 or 3 of RESP, or of the line dialect if proto is 0.
func begun(proto int) *reply.Writer {
	w := &reply.Writer{}
	var other reply.Encoding
	if proto == 0 {
		other = line.Dialect.Encoding
	}
	w.Begin(nil, other, proto)
	return w
}

// TestWriter compares the bytes that each method writes. An empty resp3 means the same as resp2.
func TestWriter(t *testing.T) {
	rows := []struct {
		name               string
		write              func(w *reply.Writer)
		resp2, resp3, line string
	}{
		{"OK", func(w *reply.Writer) { w.OK() }, "+OK\r\n", "", "OK\n"},
		{"Simple", func(w *reply.Writer) { w.Simple("PONG") }, "+PONG\r\n", "", "PONG\n"},
		{"Integer", func(w *reply.Writer) { w.Integer(-12) }, ":-12\r\n", "", "-12\n"},
		{"Bulk", func(w *reply.Writer) { w.Bulk([]byte("a\nb")) }, "$3\r\na\nb\r\n", "", "a\\nb\n"},
		{"Bulk, empty", func(w *reply.Writer) { w.Bulk(nil) }, "$0\r\n\r\n", "", "\n"},
		{"AppendBulk", func(w *reply.Writer) { w.Raw(w.AppendBulk([]byte("x"), []byte("y"))) }, "x$1\r\ny\r\n", "", "xy\n"},
		{"Text", func(w *reply.Writer) { w.Text("ab") }, "$2\r\nab\r\n", "", "ab\n"},
		{"Missing", func(w *reply.Writer) { w.Missing() }, "$-1\r\n", "_\r\n", "ERROR: Key not found\n"},
		{"Array", func(w *reply.Writer) { w.Array(2) }, "*2\r\n", "", ""},
		{"Map", func(w *reply.Writer) { w.Map(2) }, "*4\r\n", "%2\r\n", ""},
		{"Set", func(w *reply.Writer) { w.Set(2) }, "*2\r\n", "~2\r\n", ""},
		{"Verbatim", func(w *reply.Writer) { w.Verbatim("a\r\nb\n") }, "$5\r\na\r\nb\n\r\n", "=9\r\ntxt:a\r\nb\n\r\n", "a\nb\n"},
		{"Raw", func(w *reply.Writer) { w.Raw([]byte("as it is")) }, "as it is", "", "as it is"},
		{"Drop", func(w *reply.Writer) { w.Raw([]byte("abcdef")); w.Drop(1, 3) }, "adef", "", "adef"},
		{"Fail", func(w *reply.Writer) { w.Fail("no\nway") }, "-ERR no way\r\n", "", "ERROR: no\\x0away\n"},
		{"FailAs", func(w *reply.Writer) { w.FailAs(reply.ReadOnly, "no") }, "-READONLY no\r\n", "", "ERROR: READONLY no\n"},
		{"FailWith", func(w *reply.Writer) { w.FailWith(errors.New("no")) }, "-ERR no\r\n", "", "ERROR: no\n"},
		{"Error", func(w *reply.Writer) { w.Error(reply.SyntaxError) }, "-ERR syntax error\r\n", "", "ERROR: syntax error\n"},
		{"Error with a text for lines", func(w *reply.Writer) { w.Error(reply.NoMemory) },
			"-OOM command not allowed when used memory > 'maxmemory'.\r\n", "", "ERROR: Out of memory\n"},
		{"TooLarge", func(w *reply.Writer) { w.TooLarge(70000) },
			"-ERR key and value are 70000 bytes, the limit is 65536\r\n", "", "ERROR: Key and value are 70000 bytes, the limit is 65536\n"},
	}
	for _, r := range rows {
		if r.resp3 == "" {
			r.resp3 = r.resp2
		}
		for proto, want := range map[int]string{2: r.resp2, 3: r.resp3, 0: r.line} {
			w := begun(proto)
			if r.write(w); string(w.Out) != want {
				t.Errorf("%s writes %q, version %d (0: line); want %q", r.name, w.Out, proto, want)
			}
			if w.Counted() != (proto != 0) {
				t.Errorf("Counted is %v, version %d", w.Counted(), proto)
			}
		}
	}
}

// TestOneDialect tests the methods that only one dialect calls.
func TestOneDialect(t *testing.T) {
	for _, r := range []struct {
		proto int
		write func(w *reply.Writer)
		want  string
	}{
		{2, func(w *reply.Writer) { w.NoArray() }, "*-1\r\n"},
		{3, func(w *reply.Writer) { w.NoArray() }, "_\r\n"},
		{2, func(w *reply.Writer) { w.WrongArgs("get") }, "-ERR wrong number of arguments for 'get' command\r\n"},
	} {
		w := begun(r.proto)
		if r.write(w); string(w.Out) != r.want {
			t.Errorf("version %d (0: line) writes %q, want %q", r.proto, w.Out, r.want)
		}
	}
}

// TestWords: a command's own words replace the line dialect's replies, and RESP ignores them.
func TestWords(t *testing.T) {
	words := &reply.Words{OK: "done", One: "one", Zero: "zero", Empty: "nothing", End: "END"}
	refused := &reply.Words{Refused: &reply.KeyExists}
	for _, r := range []struct {
		words      *reply.Words
		write      func(w *reply.Writer)
		resp, line string
	}{
		{words, func(w *reply.Writer) { w.OK() }, "+OK\r\n", "done\n"},
		{words, func(w *reply.Writer) { w.Integer(7) }, ":7\r\n", "one\n"},
		{words, func(w *reply.Writer) { w.Integer(0) }, ":0\r\n", "zero\n"},
		{words, func(w *reply.Writer) { w.Array(0) }, "*0\r\n", "nothing\n"},
		{words, func(w *reply.Writer) { w.Array(1) }, "*1\r\n", ""},
		{words, func(w *reply.Writer) { w.Verbatim("a\r\n") }, "$3\r\na\r\n\r\n", "a\nEND\n"},
		{refused, func(w *reply.Writer) { w.Integer(0) }, ":0\r\n", "ERROR: Key exists\n"},
		{refused, func(w *reply.Writer) { w.Integer(3) }, ":3\r\n", "3\n"},
		{&reply.NotFound, func(w *reply.Writer) { w.Integer(0) }, ":0\r\n", "ERROR: Key not found\n"},
	} {
		for proto, want := range map[int]string{2: r.resp, 0: r.line} {
			w := begun(proto)
			w.Words = r.words
			if r.write(w); string(w.Out) != want {
				t.Errorf("with %+v, version %d (0: line), it writes %q, want %q", *r.words, proto, w.Out, want)
			}
		}
	}
}

// TestErrorsCount: OnError is called once for each error reply. The line dialect has no codes of its own.
func TestErrorsCount(t *testing.T) {
	for proto, want := range map[int][]reply.Code{
		2: {reply.Generic, reply.NoPerm, reply.OutOfMemory, reply.Generic, reply.Generic},
		0: {reply.Generic, reply.Generic, reply.Generic, reply.Generic, reply.Generic, reply.Generic},
	} {
		var got []reply.Code
		w := begun(proto)
		w.OnError = func(code reply.Code) { got = append(got, code) }
		w.Words = &reply.Words{Refused: &reply.KeyExists}
		w.Fail("x")
		w.FailAs(reply.NoPerm, "x")
		w.Error(reply.NoMemory)
		w.TooLarge(1)
		w.FailWith(errors.New("x"))
		w.Integer(0) // an error in the line dialect only
		w.Missing()  // not an error in either
		if !slices.Equal(got, want) {
			t.Errorf("version %d (0: line) counts %v, want %v", proto, got, want)
		}
	}
}

// TestStored: a value, and a range of one, are copied from the store.
func TestStored(t *testing.T) {
	c, err := lru.New(lru.Options{MaxMemory: 16 << 20, NoBackground: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	store, key := c.Shards(), []byte("k")
	h := store.Hash(key)
	s := store.Lock(h)
	defer s.Unlock()
	for _, r := range []struct{ value, resp, line string }{
		{"value", "$5\r\nvalue\r\n$3\r\nalu\r\n", "value\nalu\n"},
		{"a\nb\rc", "$5\r\na\nb\rc\r\n$3\r\n\nb\r\r\n", "a\\nb\\rc\n\\nb\\r\n"},
	} {
		if err := s.Put(h, key, []byte(r.value), 0, 1); err != nil {
			t.Fatal(err)
		}
		e, ok := s.Get(h, key, 1)
		if !ok {
			t.Fatal("the key is missing")
		}
		for proto, want := range map[int]string{2: r.resp, 0: r.line} {
			w := begun(proto)
			w.Value(key, s, e)
			if w.Range(s, e, 1, 4); string(w.Out) != want {
				t.Errorf("%q, version %d (0: line): it writes %q, want %q", r.value, proto, w.Out, want)
			}
		}
	}
}
