package gocachestore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/eko/gocache/lib/v4/store"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/adapters/gocachestore"
	"github.com/cachegopher/cachegopher/client/internal/tests"
)

// A negative expiration is refused and changes nothing; 0 means none.
func TestExpiration(t *testing.T) {
	c, _ := tests.Client(t)
	s := gocachestore.New(c)
	ctx := t.Context()
	if err := s.Set(ctx, "k", "old"); err != nil {
		t.Fatal(err)
	}
	for name, option := range map[string]store.Option{
		"expiration": store.WithExpiration(-time.Second), "time of tags": store.WithTagsTTL(-1),
	} {
		if err := s.Set(ctx, "k", "new", option, store.WithTags([]string{"t"})); !errors.Is(err, client.ErrInvalidTTL) {
			t.Errorf("Set with a negative %s: %v", name, err)
		}
	}
	if v, left, err := s.GetWithTTL(ctx, "k"); err != nil || string(v.([]byte)) != "old" || left != 0 {
		t.Errorf("GetWithTTL = %q, %v, %v", v, left, err)
	}
}
