package gocachestore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eko/gocache/lib/v4/cache"
	"github.com/eko/gocache/lib/v4/marshaler"
	"github.com/eko/gocache/lib/v4/store"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/adapters/gocachestore"
	"github.com/cachegopher/cachegopher/client/internal/tests"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

var _ store.StoreInterface = (*gocachestore.Store)(nil)

func isNotFound(err error) bool {
	var nf *store.NotFound
	return errors.As(err, &nf) && errors.Is(err, client.ErrNotFound)
}

func TestStore(t *testing.T) {
	c, n := tests.Client(t)
	ctx := testkit.Within(t, testkit.Patience)
	s := gocachestore.New(c, store.WithExpiration(time.Hour))
	if _, err := s.Get(ctx, "k"); !isNotFound(err) {
		t.Errorf("Get of none: %v", err)
	}
	if _, _, err := s.GetWithTTL(ctx, "k"); !isNotFound(err) {
		t.Errorf("GetWithTTL of none: %v", err)
	}
	for _, value := range []any{"text", []byte("text")} {
		if err := s.Set(ctx, []byte("k"), value); err != nil {
			t.Fatal(err)
		}
		if v, err := s.Get(ctx, "k"); err != nil || string(v.([]byte)) != "text" {
			t.Errorf("Get = %v, %v", v, err)
		}
	}
	if v, ttl, err := s.GetWithTTL(ctx, "k"); err != nil || string(v.([]byte)) != "text" || ttl < 59*time.Minute || ttl > time.Hour {
		t.Errorf("GetWithTTL = %v, %v, %v", v, ttl, err)
	}
	if err := s.Set(ctx, "k", "v", store.WithExpiration(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, ttl, err := s.GetWithTTL(ctx, "k"); err != nil || ttl > time.Minute {
		t.Errorf("an option of Set's own: %v, %v", ttl, err)
	}
	if err := gocachestore.New(c).Set(ctx, "good", "v"); err != nil {
		t.Fatal(err)
	}
	if _, ttl, err := s.GetWithTTL(ctx, "good"); err != nil || ttl != 0 {
		t.Errorf("for good: %v, %v", ttl, err)
	}
	for range 2 {
		if err := s.Delete(ctx, "k"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Clear(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, "good"); !isNotFound(err) {
		t.Errorf("Get after Clear: %v", err)
	}
	if err := s.Set(ctx, "k", 42); err == nil || !strings.Contains(err.Error(), "value of type int") {
		t.Errorf("Set of an int: %v", err)
	}
	if _, err := s.Get(ctx, 42); err == nil || !strings.Contains(err.Error(), "key of type int") {
		t.Errorf("Get of an int: %v", err)
	}
	if s.GetType() != gocachestore.Type {
		t.Error(s.GetType())
	}
	n.Kill()
	if _, err := s.Get(ctx, "k"); isNotFound(err) || !errors.Is(err, client.ErrUnavailable) {
		t.Errorf("Get without a cache: %v", err)
	}
}

// No key is lost when many are added to one tag concurrently.
func TestTags(t *testing.T) {
	c, _ := tests.Client(t)
	ctx := testkit.Within(t, testkit.Patience)
	s := gocachestore.New(c)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if err := s.Set(ctx, fmt.Sprint("k", i), "v", store.WithTags([]string{"all", fmt.Sprint("mod", i%2)})); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	left := func() (n int) {
		for i := range 40 {
			if _, err := s.Get(ctx, fmt.Sprint("k", i)); err == nil {
				n++
			}
		}
		return n
	}
	if n := left(); n != 40 {
		t.Fatalf("%d of 40 are stored", n)
	}
	for _, step := range []struct {
		tag  string
		want int
	}{{"none", 40}, {"mod1", 20}, {"all", 0}, {"all", 0}} {
		if err := s.Invalidate(ctx, store.WithInvalidateTags([]string{step.tag})); err != nil {
			t.Fatal(err)
		}
		if n := left(); n != step.want {
			t.Errorf("after invalidating %s %d are left, want %d", step.tag, n, step.want)
		}
	}
}

// gocache's own caches over the store.
func TestGocache(t *testing.T) {
	type user struct{ Name string }
	c, _ := tests.Client(t)
	ctx := testkit.Within(t, testkit.Patience)
	s := gocachestore.New(c)
	plain := cache.New[[]byte](s)
	if err := plain.Set(ctx, "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	if v, err := plain.Get(ctx, "k"); err != nil || string(v) != "v" {
		t.Errorf("cache: %q, %v", v, err)
	}
	m := marshaler.New(cache.New[any](s))
	if err := m.Set(ctx, "u", user{"Ann"}, store.WithExpiration(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if v, err := m.Get(ctx, "u", new(user)); err != nil || v.(*user).Name != "Ann" {
		t.Errorf("marshaler: %v, %v", v, err)
	}
	loads := 0
	loadable := cache.NewLoadable[[]byte](func(context.Context, any) ([]byte, []store.Option, error) {
		loads++
		return []byte("loaded"), nil, nil
	}, cache.New[[]byte](s))
	defer loadable.Close() //nolint:errcheck // done with it
	if v, err := loadable.Get(ctx, "l"); err != nil || string(v) != "loaded" || loads != 1 {
		t.Errorf("loadable: %q, %v, %d loads", v, err, loads)
	}
}
