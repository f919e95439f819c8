package reply

import (
	"errors"
	"slices"
	"testing"

	"github.com/cachegopher/cachegopher/lru"
)

// begun returns a writer of version 2 or 3 of RESP, or of the line dialect when proto is 0.
func begun(proto int) *Writer {
	w := &Writer{}
	style := RESP
	if proto == 0 {
		style = Line
	}
	w.Begin(nil, style, proto)
	return w
}

// TestWriter is the table of what each method writes, to the byte. An empty resp3 stands for the same as resp2.
func TestWriter(t *testing.T) {
	rows := []struct {
		name               string
		write              func(w *Writer)
		resp2, resp3, line string
	}{
		{"OK", func(w *Writer) { w.OK() }, "+OK\r\n", "", "OK\n"},
		{"Simple", func(w *Writer) { w.Simple("PONG") }, "+PONG\r\n", "", "PONG\n"},
		{"Integer", func(w *Writer) { w.Integer(-12) }, ":-12\r\n", "", "-12\n"},
		{"Bulk", func(w *Writer) { w.Bulk([]byte("a\nb")) }, "$3\r\na\nb\r\n", "", "a\\nb\n"},
		{"Bulk, empty", func(w *Writer) { w.Bulk(nil) }, "$0\r\n\r\n", "", "\n"},
		{"AppendBulk", func(w *Writer) { w.Raw(w.AppendBulk([]byte("x"), []byte("y"))) }, "x$1\r\ny\r\n", "", "xy\n"},
		{"Text", func(w *Writer) { w.Text("ab") }, "$2\r\nab\r\n", "", "ab\n"},
		{"Missing", func(w *Writer) { w.Missing() }, "$-1\r\n", "_\r\n", "ERROR: Key not found\n"},
		{"Array", func(w *Writer) { w.Array(2) }, "*2\r\n", "", ""},
		{"Map", func(w *Writer) { w.Map(2) }, "*4\r\n", "%2\r\n", ""},
		{"Set", func(w *Writer) { w.Set(2) }, "*2\r\n", "~2\r\n", ""},
		{"Verbatim", func(w *Writer) { w.Verbatim("a\r\nb\n") }, "$5\r\na\r\nb\n\r\n", "=9\r\ntxt:a\r\nb\n\r\n", "a\nb\n"},
		{"Raw", func(w *Writer) { w.Raw([]byte("as it is")) }, "as it is", "", "as it is"},
		{"Drop", func(w *Writer) { w.Raw([]byte("abcdef")); w.Drop(1, 3) }, "adef", "", "adef"},
		{"Fail", func(w *Writer) { w.Fail("no\nway") }, "-ERR no way\r\n", "", "ERROR: no\\x0away\n"},
		{"FailAs", func(w *Writer) { w.FailAs(ReadOnly, "no") }, "-READONLY no\r\n", "", "ERROR: READONLY no\n"},
		{"FailWith", func(w *Writer) { w.FailWith(errors.New("no")) }, "-ERR no\r\n", "", "ERROR: no\n"},
		{"Error", func(w *Writer) { w.Error(SyntaxError) }, "-ERR syntax error\r\n", "", "ERROR: syntax error\n"},
		{"Error with a text for lines", func(w *Writer) { w.Error(NoMemory) },
			"-OOM command not allowed when used memory > 'maxmemory'.\r\n", "", "ERROR: Out of memory\n"},
		{"TooLarge", func(w *Writer) { w.TooLarge(70000) },
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

// TestOneDialect has the methods that only one dialect calls.
func TestOneDialect(t *testing.T) {
	for _, r := range []struct {
		proto int
		write func(w *Writer)
		want  string
	}{
		{2, func(w *Writer) { w.NoArray() }, "*-1\r\n"},
		{3, func(w *Writer) { w.NoArray() }, "_\r\n"},
		{2, func(w *Writer) { w.WrongArgs("get") }, "-ERR wrong number of arguments for 'get' command\r\n"},
		{0, func(w *Writer) { w.Usage("GET", "<key>") }, "ERROR: Usage: GET <key>\n"},
		{0, func(w *Writer) { w.Usage("KEYS", "") }, "ERROR: Usage: KEYS\n"},
		{0, func(w *Writer) { w.UnknownWord([]byte("F\x01")) }, "ERROR: Unknown command: F\\x01\n"},
	} {
		w := begun(r.proto)
		if r.write(w); string(w.Out) != r.want {
			t.Errorf("version %d (0: line) writes %q, want %q", r.proto, w.Out, r.want)
		}
	}
}

// TestWords: a command's own words replace the line dialect's replies, and RESP ignores them.
func TestWords(t *testing.T) {
	words := &Words{OK: "done", One: "one", Zero: "zero", Empty: "nothing", End: "END"}
	refused := &Words{Refused: &KeyExists}
	for _, r := range []struct {
		words      *Words
		write      func(w *Writer)
		resp, line string
	}{
		{words, func(w *Writer) { w.OK() }, "+OK\r\n", "done\n"},
		{words, func(w *Writer) { w.Integer(7) }, ":7\r\n", "one\n"},
		{words, func(w *Writer) { w.Integer(0) }, ":0\r\n", "zero\n"},
		{words, func(w *Writer) { w.Array(0) }, "*0\r\n", "nothing\n"},
		{words, func(w *Writer) { w.Array(1) }, "*1\r\n", ""},
		{words, func(w *Writer) { w.Verbatim("a\r\n") }, "$3\r\na\r\n\r\n", "a\nEND\n"},
		{refused, func(w *Writer) { w.Integer(0) }, ":0\r\n", "ERROR: Key exists\n"},
		{refused, func(w *Writer) { w.Integer(3) }, ":3\r\n", "3\n"},
		{&NotFound, func(w *Writer) { w.Integer(0) }, ":0\r\n", "ERROR: Key not found\n"},
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

// TestErrorsCount: OnError hears of each error reply once. The line dialect has no codes of its own.
func TestErrorsCount(t *testing.T) {
	for proto, want := range map[int][]Code{
		2: {Generic, NoPerm, OutOfMemory, Generic, Generic},
		0: {Generic, Generic, Generic, Generic, Generic, Generic},
	} {
		var got []Code
		w := begun(proto)
		w.OnError = func(code Code) { got = append(got, code) }
		w.Words = &Words{Refused: &KeyExists}
		w.Fail("x")
		w.FailAs(NoPerm, "x")
		w.Error(NoMemory)
		w.TooLarge(1)
		w.FailWith(errors.New("x"))
		w.Integer(0) // an error in the line dialect only
		w.Missing()  // no error in either
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
			t.Fatal("the key is not there")
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
