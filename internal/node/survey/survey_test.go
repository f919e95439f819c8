package survey_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/node/survey"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/servertest"
)

func TestAll(t *testing.T) {
	up := servertest.Start(t)
	nobody := testkit.Nobody(t)
	ctx := testkit.Within(t, 20*time.Second)
	for _, args := range [][]string{{"SET", "a", "v"}, {"SET", "b", "v"}, {"SET", "c", "v"}, {"GET", "a"}} {
		if _, err := nodeprocess.Ask(ctx, up.Address, args...); err != nil {
			t.Fatal(err)
		}
	}
	got := []survey.Server{{ID: "a", Address: up.Address}, {ID: "b", Address: nobody}}
	survey.All(ctx, got, func(ctx context.Context, i int, args ...string) (string, error) {
		reply, err := nodeprocess.Ask(ctx, got[i].Address, args...)
		return reply.Text, err
	})
	if got[0].Err != nil || got[1].Err == nil {
		t.Fatalf("got %+v", got)
	}
	if s := got[0]; s.Keys != 3 || s.Hits != 1 || *s.Info.HitRatio() != 1 || s.Role != "primary" || s.UsedBytes == 0 || s.Clients == 0 || s.Version == "" {
		t.Errorf("the server that is up: %+v", s)
	}
	if got[0].Curve == nil || got[0].Curve.Reads != 1 || got[1].Curve != nil {
		t.Errorf("they predict %+v and %+v", got[0].Curve, got[1].Curve)
	}
	if got[0].Problem() != "" || got[1].Problem() != "connection refused" {
		t.Errorf("problems %q and %q", got[0].Problem(), got[1].Problem())
	}
	for err, want := range map[error]string{
		wire.ErrorReply("WRONGPASS no"): "refuses: WRONGPASS no",
		context.DeadlineExceeded:        "no answer in time",
	} {
		s := survey.Server{Err: fmt.Errorf("ask: %w", err)}
		if got := s.Problem(); got != want {
			t.Errorf("%v: %q", err, got)
		}
	}
	if got[1].Lag != survey.Unknown || got[1].Info.HitRatio() != nil {
		t.Errorf("the server that is down: %+v", got[1])
	}
}
