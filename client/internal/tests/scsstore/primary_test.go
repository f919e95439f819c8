package scsstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client/adapters/scsstore"
	"github.com/cachegopher/cachegopher/client/internal/tests"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// A session is found right after it was committed and not after it was deleted, however far behind a
// secondary is.
func TestSessionsWithASlowSecondary(t *testing.T) {
	g, c := tests.Group(t)
	ctx := testkit.Within(t, testkit.Patience)
	s := scsstore.New(c)
	const sessions = 50
	token := func(i int) string { return fmt.Sprint("token", i) }
	commit := func(data string) {
		t.Helper()
		for i := range sessions {
			if err := s.CommitCtx(ctx, token(i), []byte(data), time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	}
	// both checks the result twice, so that round robin would reach each member.
	both := func(data string) (wrong int) {
		t.Helper()
		for i := range 2 * sessions {
			b, found, err := s.FindCtx(ctx, token(i/2))
			if err != nil {
				t.Fatal(err)
			}
			if found != (data != "") || string(b) != data {
				wrong++
			}
		}
		return wrong
	}
	commit("one")
	if err := g.Resume(); err != nil { // which waits for the secondary
		t.Fatal(err)
	}
	if err := g.Pause(); err != nil {
		t.Fatal(err)
	}
	commit("two")
	if n := both("two"); n > 0 {
		t.Errorf("%d of %d reads did not find what was committed", n, 2*sessions)
	}
	all, err := s.AllCtx(ctx)
	if err != nil || len(all) != sessions || string(all[token(0)]) != "two" {
		t.Errorf("AllCtx returned %d sessions, the first %q, %v", len(all), all[token(0)], err)
	}
	for i := range sessions {
		if err := s.DeleteCtx(ctx, token(i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := both(""); n > 0 {
		t.Errorf("%d of %d reads found a session that was deleted", n, 2*sessions)
	}
	if all, err := s.AllCtx(ctx); err != nil || len(all) != 0 {
		t.Errorf("AllCtx returned %d sessions that were deleted, %v", len(all), err)
	}
}
