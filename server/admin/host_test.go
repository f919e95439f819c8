package admin

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func answerTo(h http.Handler, host, from string) int {
	r := httptest.NewRequest(http.MethodGet, "/status", nil)
	r.Host, r.RemoteAddr = host, from
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// TestNamed sends requests with many host names: a name that another party could point to this address is refused.
func TestNamed(t *testing.T) {
	h := named([]string{"Node-1.example"}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, want := range map[string]int{
		"127.0.0.1": 200, "127.0.0.1:9100": 200, "[::1]:9100": 200, "[::1]": 200, "10.0.0.7:9100": 200, "[fe80::1%25lo]:9100": 200,
		"localhost": 200, "localhost:9100": 200, "LOCALHOST:9100": 200, "localhost.:9100": 200, "": 200,
		"node-1.example": 200, "NODE-1.example:9100": 200, "node-1.example.:9100": 200,
		"evil.example": 421, "evil.example:9100": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example:9100": 421,
		"xnode-1.example": 421, "node-1.example.evil": 421, "127.1:9100": 421, "2130706433": 421, "[localhost]x": 421, ":9100": 200,
	} {
		if got := answerTo(h, host, "127.0.0.1:1"); got != want {
			t.Errorf("host %q is answered %d, want %d", host, got, want)
		}
	}
}

// TestLocal: protected mode turns away clients of other machines.
func TestLocal(t *testing.T) {
	h := local(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for from, want := range map[string]int{
		"127.0.0.1:1": 200, "[::1]:1": 200, "[::ffff:127.0.0.1]:1": 200, "10.0.0.1:1": 403, "[2001:db8::1]:1": 403, "": 403,
	} {
		if got := answerTo(h, "127.0.0.1", from); got != want {
			t.Errorf("a client at %q is answered %d, want %d", from, got, want)
		}
	}
}
