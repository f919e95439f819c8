package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

func bulk(text string) client.Value { return client.Value{Type: '$', Bytes: []byte(text)} }

func array(all ...client.Value) client.Value { return client.Value{Type: '*', Array: all} }

// TestShow shows each type of answer on a terminal, in a pipe, and as JSON.
func TestShow(t *testing.T) {
	null := client.Value{Type: '_'}
	number := client.Value{Type: ':', Int: -7}
	for _, c := range []struct {
		v                    client.Value
		terminal, pipe, json string
	}{
		{bulk("abc"), "abc", "abc", `"abc"`},
		{bulk(""), "''", "", `""`},
		{bulk("a\tb\nc"), "a\tb\nc", "a\tb\nc", `"a\tb\nc"`},
		{bulk("\x1b[31mred"), `$'\x1b[31mred'`, "\x1b[31mred", `"\u001b[31mred"`},
		{bulk("\xff\x00"), `$'\xff\x00'`, "\xff\x00", `{"base64":"/wA="}`},
		{bulk("$'x'"), `'$'\''x'\'''`, "$'x'", `"$'x'"`},
		{bulk("\u202e"), `$'\xe2\x80\xae'`, "\u202e", `"` + "\u202e" + `"`},
		{null, "(not found)", "", "null"},
		{number, "-7", "-7", "-7"},
		{client.Value{Type: ',', Float: 1.5}, "1.5", "1.5", "1.5"},
		{client.Value{Type: '#', Int: 1}, "true", "true", "true"},
		{client.Value{Type: '+', Bytes: []byte("OK")}, "OK", "OK", `"OK"`},
		{array(), "(none)\n", "\n", "[]"},
		{array(bulk("a b"), null, bulk("x\ny")), "1) a b\n2) (not found)\n3) $'x\\ny'", "a b\n\nx\ny", `["a b",null,"x\ny"]`},
		{array(bulk("0"), array(bulk("k"), bulk("l"))), "1) 0\n2) 1) k\n   2) l", "0\nk\nl", `["0",["k","l"]]`},
		{client.Value{Type: '%', Array: []client.Value{bulk("a"), number, bulk("b"), array(bulk("x"), bulk("y"))}}, "a -7\nb\n  1) x\n  2) y", "a -7\nb\nx\ny", `{"a":-7,"b":["x","y"]}`},
		{client.Value{Type: '=', Bytes: []byte("# S\r\na:1\r\n")}, "# S\na:1", "# S\na:1", `"# S\r\na:1\r\n"`},
		{client.Value{Type: '-', Bytes: []byte("ERR x")}, "(error) ERR x", "(error) ERR x", `{"error":"ERR x"}`},
	} {
		for i, want := range []string{c.terminal, c.pipe, c.json} {
			var b strings.Builder
			p := newPrinter(&b)
			p.tty, p.json = i == 0, i == 2
			if err := p.show(&valueResult{v: c.v}); err != nil || strings.TrimSuffix(b.String(), "\n") != strings.TrimSuffix(want, "\n") {
				t.Errorf("%q: wrote %q, %v; want %q", c.v.Bytes, b.String(), err, want)
			}
		}
	}
}

// TestExact: in a pipe a stored value is written as it is, and what a node says of itself ends with a newline.
func TestExact(t *testing.T) {
	for _, c := range []struct {
		text   string
		ofNode bool
		want   string
	}{{"{}", false, "{}"}, {"{}", true, "{}\n"}, {"{}\n", true, "{}\n"}, {"", false, ""}} {
		var b strings.Builder
		p := newPrinter(&b)
		p.exact = true
		if err := p.show(&valueResult{v: bulk(c.text), ofNode: c.ofNode}); err != nil || b.String() != c.want {
			t.Errorf("%+v: wrote %q, %v", c, b.String(), err)
		}
	}
}

func TestFigures(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -123: "-123"} {
		if got := count(&n); got != want {
			t.Errorf("%d is shown %s", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 KB", 9949: "9.9 KB", 9950: "10 KB", 999_499: "999 KB", 999_500: "1.0 MB", 1 << 40: "1.1 TB"} {
		if got := size(n); got != want {
			t.Errorf("%d is shown %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", 999: "999ns", 1234: "1.23µs", 123456: "123µs", 1234567: "1.23ms", 3 * time.Second: "3s", 3661 * time.Second: "1h1m1s"} {
		if got := duration(d); got != want {
			t.Errorf("%d is shown %s", d, got)
		}
	}
	day := int64(86400 * 3)
	if got := uptime(&day); got != "3d" {
		t.Error(got)
	}
}

func TestTarget(t *testing.T) {
	for _, c := range []struct{ address, want, user, password, errs string }{
		{"host:1", "host:1", "", "", ""},
		{"cachegopher://host:1", "host:1", "", "", ""},
		{"cachegopher://me:p%40w@host", "host:31337", "me", "p@w", ""},
		{"redis://:pw@[::1]:7/0", "[::1]:7", "", "pw", ""},
		{"unix:///run/x.sock", "unix:///run/x.sock", "", "", ""},
		{"redis://me:p%zz@host", "", "", "", "the URL cannot be read"},
		{"redis://host:1/3", "", "", "", "nothing may follow the port"},
		{"host", "", "", "", "has no port"},
	} {
		o := &options{address: c.address}
		got, err := o.target(func(string) string { return "" })
		if c.errs != "" {
			if err == nil || !strings.Contains(err.Error(), c.errs) || strings.Contains(err.Error(), "p%zz") {
				t.Errorf("%s: %v", c.address, err)
			}
			continue
		}
		if err != nil || got.talk.Groups[0].Members[0].Address != c.want || got.as.user != c.user || got.as.password != c.password {
			t.Errorf("%s: %+v, %v", c.address, got, err)
		}
	}
}
