package scsstore_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/adapters/scsstore"
	"github.com/cachegopher/cachegopher/client/internal/tests"
)

var (
	_ scs.Store            = (*scsstore.Store)(nil)
	_ scs.CtxStore         = (*scsstore.Store)(nil)
	_ scs.IterableStore    = (*scsstore.Store)(nil)
	_ scs.IterableCtxStore = (*scsstore.Store)(nil)
)

func TestStore(t *testing.T) {
	c, n := tests.Client(t)
	s := scsstore.New(c)
	if b, found, err := s.Find("none"); b != nil || found || err != nil {
		t.Errorf("Find of none = %q, %v, %v", b, found, err)
	}
	if err := s.Commit("a", []byte("data a"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if b, found, err := s.Find("a"); string(b) != "data a" || !found || err != nil {
		t.Errorf("Find = %q, %v, %v", b, found, err)
	}
	if ttl, err := c.TTL(t.Context(), scsstore.DefaultPrefix+"a"); err != nil || ttl < 59*time.Minute || ttl > time.Hour {
		t.Errorf("the session lives for %v, %v", ttl, err)
	}
	if err := s.Commit("b", nil, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	other := scsstore.NewWithPrefix(c, "scs[*]?")
	if err := other.Commit("x", []byte("data x"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if all, err := s.All(); err != nil || !slices.Equal(slices.Sorted(maps.Keys(all)), []string{"a", "b"}) || string(all["a"]) != "data a" {
		t.Errorf("All = %q, %v", all, err)
	}
	if all, err := other.All(); err != nil || len(all) != 1 || string(all["x"]) != "data x" {
		t.Errorf("All of the other = %q, %v", all, err)
	}
	if err := s.Commit("a", []byte("late"), time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Delete("b"); err != nil { // the second time it is not there
			t.Fatal(err)
		}
	}
	if all, err := s.All(); err != nil || len(all) != 0 {
		t.Errorf("All of nothing = %q, %v", all, err)
	}
	n.Kill()
	if _, found, err := s.Find("a"); found || !errors.Is(err, client.ErrUnavailable) {
		t.Errorf("Find without a cache: %v, %v", found, err)
	}
}

// The session manager itself, over HTTP.
func TestSessions(t *testing.T) {
	c, _ := tests.Client(t)
	sessions := scs.New()
	sessions.Store = scsstore.New(c)
	mux := http.NewServeMux()
	mux.HandleFunc("/put", func(_ http.ResponseWriter, r *http.Request) { sessions.Put(r.Context(), "name", r.FormValue("name")) })
	mux.HandleFunc("/get", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, sessions.GetString(r.Context(), "name"))
	})
	mux.HandleFunc("/end", func(_ http.ResponseWriter, r *http.Request) {
		if err := sessions.Destroy(r.Context()); err != nil {
			t.Error(err)
		}
	})
	srv := httptest.NewServer(sessions.LoadAndSave(mux))
	defer srv.Close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	get := func(path string) string {
		t.Helper()
		r, err := browser.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close() //nolint:errcheck // read
		b, _ := io.ReadAll(r.Body)
		return string(b)
	}
	get("/put?name=Ann")
	if name := get("/get"); name != "Ann" {
		t.Errorf("the session says %q", name)
	}
	count := 0
	if err := sessions.Iterate(t.Context(), func(context.Context) error { count++; return nil }); err != nil || count != 1 {
		t.Errorf("%d sessions, %v", count, err)
	}
	get("/end")
	if name := get("/get"); name != "" {
		t.Errorf("after its end the session says %q", name)
	}
}
