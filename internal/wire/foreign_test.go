package wire

import (
	"strings"
	"testing"
)

// ours reports whether a word is a command of the line dialect in these tests.
func ours(word []byte) bool {
	switch string(word) {
	case "GET", "SET", "DELETE", "PING":
		return true
	}
	return false
}

// greetings are the first bytes of real clients, and lines that only resemble them. An empty name: the line is
// meant for this node.
var greetings = []struct{ in, name string }{
	{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP"},
	{"HEAD /x HTTP/1.0\r\n", "HTTP"},
	{"DELETE /x HTTP/1.1\r\n", "HTTP"},
	{"PROPFIND / HTTP/1.1\r\n", "HTTP"},
	{"POST / HTTP/1.1\r\n", "HTTP"},
	{"\r\nPUT / HTTP/1.1\r\n", "HTTP"},
	{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"},
	{"OPTIONS * RTSP/1.0\r\n", "RTSP or SIP"},
	{"OPTIONS sip:nm SIP/2.0\r\n", "RTSP or SIP"},
	{"\x16\x03\x01\x00\x78\x01\x00\x00\x74\x03\x03", "TLS"},
	{"\x16", "TLS"},
	{"\x16\x03\x01\r\nSET pwn 1\r\n", "TLS"},
	{"SSH-2.0-OpenSSH_9.2\r\n", "SSH"},
	{"EHLO mail.example\r\n", "SMTP"},
	{"helo x\n", "SMTP"},
	{"MAIL FROM:<a@b>\r\n", "SMTP"},
	{"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nSET a 1\r\n", "PROXY protocol"},
	{"PROXY UNKNOWN\r\n", "PROXY protocol"},
	{"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c", "PROXY protocol"},
	{"\x80\x00\x00\x03", "memcached's binary protocol"},
	{"\xff\xfb\x1fGET a\r\n", "Telnet negotiation"},
	{"\x00\x00\x00\x08\x04\xd2\x16\x2f", "a binary protocol"}, // SSLRequest of PostgreSQL
	{"AMQP\x00\x00\x09\x01", "a binary protocol"},
	{"\x10\x0d\x00\x04MQTT", "a binary protocol"},
	{"SE\x00 a 1\n", "a binary protocol"},
	{"\x81\x82\x83\n", "a binary protocol"},

	{"set k 0 0 5\r\nFLUSH\r\n", "memcached's protocol"},
	{"set k 0 0 5\nFLUSH\n", "memcached's protocol"}, // a value follows, whatever the line end
	{"set k 0 0 5 noreply\r\n", "memcached's protocol"},
	{"set k 18446744073709551615 -1 0\r\n", "memcached's protocol"},
	{"add k 0 0 5\r\n", "memcached's protocol"},
	{"cas k 0 0 5 17\r\n", "memcached's protocol"},
	{"ms k 5 T0\r\n", "memcached's protocol"},
	{"ms k S5 T0\r\n", "memcached's protocol"},
	{"mg k v\r\n", "memcached's protocol"},
	{"slabs automove 1\r\n", "memcached's protocol"},
	{"lru_crawler enable\r\n", "memcached's protocol"},
	{"cache_memlimit 64\r\n", "memcached's protocol"},
	{"mn\r\n", "memcached's protocol"},
	{"get k\r\n", "memcached's protocol"},
	{"gets a b c\r\n", "memcached's protocol"},
	{"gat 10 a b\r\n", "memcached's protocol"},
	{"incr k 1\r\n", "memcached's protocol"},
	{"touch k 10 noreply\r\n", "memcached's protocol"},
	{"delete k noreply\r\n", "memcached's protocol"},
	{"delete k\r\n", "memcached's protocol"},
	{"version\r\n", "memcached's protocol"},
	{"stats items\r\n", "memcached's protocol"},
	{"flush_all\r\n", "memcached's protocol"},
	{"quit\r\n", "memcached's protocol"},

	// Ours, and a person's typos.
	{"SET k 0 0 5\r\n", ""},
	{"SET version HTTP/1.1\r\n", ""},
	{"SET k GET / HTTP/1.1\r\n", ""},
	{"SET bin \x00\x01\x16\x03\x80\xff\n", ""},
	{"GET /\r\n", ""},
	{"GET \x00\n", ""},
	{"get greeting\n", ""},
	{"set greeting hello, wide world\r\n", ""},
	{"set greeting 1 2\r\n", ""},
	{"set k a 0 5\r\n", ""},
	{"get\r\n", ""},
	{"delete k now\r\n", ""},
	{"incr k\r\n", ""},
	{"hello\r\n", ""},
	{"HELO\r\n", ""},
	{"mail someone\n", ""},
	{"PROXY me\n", ""},
	{"ping\r\n", ""},
	{"\n\r\nPING\n", ""},
	{"\x1b[APING\n", ""},
	{"PIMG\x7f\b\bNG\tx\n", ""},
	{"grüße\n", ""},
	{"gr\xfc\xdfe\n", ""}, // in ISO 8859-1
	{"\xe2\x82\xac 5\n", ""},
	{"THIS is 1/2.3\n", ""},
	{strings.Repeat("x", MaxLine), ""},
}

// TestGreetings judges each of greetings, whole and cut short.
func TestGreetings(t *testing.T) {
	for _, r := range greetings {
		f, v := Greeting([]byte(r.in), ours)
		switch {
		case r.name == "" && v != Own:
			t.Errorf("%.60q: verdict %d, %v, want the line dialect", r.in, v, f)
		case r.name != "" && (v != Other || f.Name != r.name):
			t.Errorf("%.60q: verdict %d, %v, want %s", r.in, v, f, r.name)
		}
		// No front part may get the opposite verdict, but it may be taken for a less specific protocol.
		for i := range min(len(r.in), 100) {
			if _, v := Greeting([]byte(r.in[:i]), ours); r.name == "" && v == Other || r.name != "" && v == Own {
				t.Errorf("%q, the front of %.60q: verdict %d", r.in[:i], r.in, v)
			}
		}
	}
}

// TestForeignAnswers compares the refusals of each protocol.
func TestForeignAnswers(t *testing.T) {
	for in, want := range map[string]string{
		"get k\r\n":                    "SERVER_ERROR no\r\n",
		"EHLO a\r\n":                   "554 no\r\n",
		"SSH-2.0-x\r\n":                "ERROR: no\r\n",
		"OPTIONS * RTSP/1.0\r\n":       "RTSP/1.0 400 Bad Request\r\n\r\n",
		"\nOPTIONS a SIP/2.0\n\nA B\n": "SIP/2.0 400 Bad Request\r\n\r\n",
		"GET / HTTP/1.1\r\n":           "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n",
		"\x16\x03\x01":                 "\x15\x03\x03\x00\x02\x02\x28",
		"PRI * HTTP/2.0\r\n":           "\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x0a\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01no",
		"\x80\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04": "\x81\x0b\x00\x00\x00\x00\x00\x81\x00\x00\x00\x02\x01\x02\x03\x04\x00\x00\x00\x00\x00\x00\x00\x00no",
		"\x80": "\x81\x00\x00\x00\x00\x00\x00\x81\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00no",
	} {
		f, v := Greeting([]byte(in), ours)
		if v != Other {
			t.Fatalf("%q: verdict %d", in, v)
		}
		if got := f.Answer(nil, []byte(in), "no"); string(got) != want {
			t.Errorf("%q is answered %q, want %q", in, got, want)
		}
	}
}
