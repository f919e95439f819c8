package admin

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestCrowd checks that every new connection gets a response, however many occupy the listener, busy or idle.
func TestCrowd(t *testing.T) {
	entered, release := make(chan struct{}, 100), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/long", func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-release })
	s := httptest.NewUnstartedServer(mux)
	c := newCrowd(4)
	s.Config.ConnState = c.changed
	s.Start()
	defer s.Close()
	defer close(release)
	address := s.Listener.Addr().String()
	ask := func(path string) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() }) //nolint:errcheck // the test is over
		if path != "" {
			io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n") //nolint:errcheck // seen below
		}
		return conn
	}
	healthy := func(when string) {
		t.Helper()
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
		resp, err := client.Get("http://" + address + "/healthz")
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		resp.Body.Close() //nolint:errcheck // empty
	}
	healthy("an empty listener")
	for range 20 {
		ask("")
	}
	healthy("connections that say nothing")
	for range 4 {
		ask("/long")
		<-entered
	}
	healthy("requests under way")
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) > 4 {
		t.Errorf("%d connections are kept", len(c.all))
	}
}
