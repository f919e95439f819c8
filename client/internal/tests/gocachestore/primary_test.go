package gocachestore_test

import (
	"testing"

	"github.com/eko/gocache/lib/v4/store"

	"github.com/cachegopher/cachegopher/client/adapters/gocachestore"
	"github.com/cachegopher/cachegopher/client/internal/tests"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// A key is found right after Set and gone right after Invalidate, however far behind a secondary is.
func TestSlowSecondary(t *testing.T) {
	g, c := tests.Group(t)
	if err := g.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx := testkit.Within(t, testkit.Patience)
	s := gocachestore.New(c)
	if err := s.Set(ctx, "k", "v", store.WithTags([]string{"t"})); err != nil {
		t.Fatal(err)
	}
	for range 4 { // round robin would reach each member
		if v, err := s.Get(ctx, "k"); err != nil || string(v.([]byte)) != "v" {
			t.Fatalf("right after Set: %q, %v", v, err)
		}
	}
	missed := false
	for range 4 {
		_, err := s.FromAnyMember().Get(ctx, "k")
		missed = missed || isNotFound(err)
	}
	if !missed {
		t.Error("FromAnyMember does not read from the secondary")
	}
	if err := g.Resume(); err != nil { // which waits for the secondary
		t.Fatal(err)
	}
	if err := g.Pause(); err != nil {
		t.Fatal(err)
	}
	if err := s.Invalidate(ctx, store.WithInvalidateTags([]string{"t"})); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if _, _, err := s.GetWithTTL(ctx, "k"); !isNotFound(err) {
			t.Errorf("right after Invalidate: %v", err)
		}
	}
}
