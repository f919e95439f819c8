package fiberstorage_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"testing"
	"time"

	fiber2 "github.com/gofiber/fiber/v2"
	session2 "github.com/gofiber/fiber/v2/middleware/session"
	fiber3 "github.com/gofiber/fiber/v3"
	limiter3 "github.com/gofiber/fiber/v3/middleware/limiter"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/adapters/fiberstorage"
	"github.com/cachegopher/cachegopher/client/internal/tests"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

var (
	_ fiber2.Storage = (*fiberstorage.Storage)(nil)
	_ fiber3.Storage = (*fiberstorage.Storage)(nil)
)

// The checks that Fiber's own tests make of each of its storages.
func TestStorage(t *testing.T) {
	c, n := tests.Client(t)
	s, other := fiberstorage.New(c, "s*:"), fiberstorage.New(c, "o:")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(key, value string) {
		t.Helper()
		v, err := s.Get(key)
		if err != nil || string(v) != value || value == "" && v != nil {
			t.Errorf("Get(%q) = %q, %v; want %q", key, v, err, value)
		}
	}
	want("none", "")
	want("", "")
	must(s.Set("k", []byte("one"), 0))
	must(s.Set("k", []byte("two"), 0))
	want("k", "two")
	must(s.Set("", []byte("v"), 0))
	must(s.Set("empty", nil, 0))
	want("empty", "")
	must(s.Set("short", []byte("v"), 50*time.Millisecond))
	want("short", "v")
	testkit.Eventually(t, "a value with an expiration ends", func() bool {
		v, err := s.Get("short")
		return err == nil && v == nil
	})
	must(s.Delete("k"))
	must(s.Delete("k"))
	must(s.Delete(""))
	want("k", "")
	must(s.Set("k", []byte("v"), time.Hour))
	must(other.Set("k", []byte("other"), 0))
	must(s.Reset())
	want("k", "")
	if v, err := other.Get("k"); err != nil || string(v) != "other" {
		t.Errorf("Reset of one prefix removed a key of another: %q, %v", v, err)
	}
	must(fiberstorage.New(c, "").Reset())
	if v, err := other.Get("k"); err != nil || v != nil {
		t.Errorf("Reset without prefix left %q, %v", v, err)
	}
	must(s.Close())
	want("k", "") // the client is still open
	n.Kill()
	if _, err := s.Get("k"); !errors.Is(err, client.ErrUnavailable) {
		t.Errorf("without a cache: %v", err)
	}
}

// Sessions of Fiber v2.
func TestFiber2(t *testing.T) {
	c, _ := tests.Client(t)
	app := fiber2.New(fiber2.Config{DisableStartupMessage: true})
	sessions := session2.New(session2.Config{Storage: fiberstorage.New(c, "session:")})
	app.Get("/", func(ctx *fiber2.Ctx) error {
		s, err := sessions.Get(ctx)
		if err != nil {
			return err
		}
		n, _ := s.Get("n").(int)
		s.Set("n", n+1)
		if err := s.Save(); err != nil {
			return err
		}
		return ctx.SendString(string(rune('0' + n)))
	})
	cookie := ""
	for i := range 3 {
		rq := httptest.NewRequest("GET", "/", nil)
		if cookie != "" {
			rq.Header.Set("Cookie", cookie)
		}
		r, err := app.Test(rq, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		if string(b) != string(rune('0'+i)) {
			t.Errorf("visit %d is counted as %q", i, b)
		}
		for _, k := range r.Cookies() {
			cookie = k.Name + "=" + k.Value
		}
	}
}

// The limiter of Fiber v3.
func TestFiber3(t *testing.T) {
	c, _ := tests.Client(t)
	app := fiber3.New()
	app.Use(limiter3.New(limiter3.Config{Max: 2, Expiration: time.Hour, Storage: fiberstorage.New(c, "limiter:")}))
	app.Get("/", func(ctx fiber3.Ctx) error { return ctx.SendString("in") })
	for i, status := range []int{200, 200, 429} {
		r, err := app.Test(httptest.NewRequest("GET", "/", nil), fiber3.TestConfig{Timeout: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != status {
			t.Errorf("request %d: status %d, want %d", i, r.StatusCode, status)
		}
	}
}
