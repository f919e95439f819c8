package survey_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/node/survey"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/server/servertest"
)

func TestAll(t *testing.T) {
	up := servertest.Start(t)
	nobody := testkit.Nobody(t)
	c, err := client.New(client.WithServers(up.Address, nobody))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the test is over
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for _, key := range []string{"a", "b", "c"} {
		if _, err := c.DoNode(ctx, up.Address, "SET", key, "v"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.DoNode(ctx, up.Address, "GET", "a"); err != nil {
		t.Fatal(err)
	}
	ask, cancelAsk := context.WithTimeout(ctx, 2*time.Second)
	defer cancelAsk()
	got := survey.All(ask, c)
	if len(got) != 2 || got[0].Err != nil || got[1].Err == nil {
		t.Fatalf("got %+v", got)
	}
	if s := got[0]; s.Keys != 3 || s.Hits != 1 || *s.Info.HitRatio() != 1 || s.Role != "primary" || s.UsedBytes == 0 || s.Clients == 0 || s.Version == "" {
		t.Errorf("the server that is up: %+v", s)
	}
	if got[0].Problem() != "" || got[1].Problem() != "connection refused" {
		t.Errorf("problems %q and %q", got[0].Problem(), got[1].Problem())
	}
	wrong := survey.Server{Err: fmt.Errorf("ask: %w", &client.ServerError{Message: "WRONGPASS no"})}
	if got := wrong.Problem(); got != "refuses: WRONGPASS no" {
		t.Errorf("a wrong password: %q", got)
	}
	if got[1].Address != nobody || got[1].Lag != survey.Unknown || got[1].Info.HitRatio() != nil {
		t.Errorf("the server that is down: %+v", got[1])
	}
}
