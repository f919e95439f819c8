package survey

import (
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/server/servertest"
)

func TestAll(t *testing.T) {
	up := servertest.Start(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close() //nolint:errcheck // only its port was wanted
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
	got := All(ask, c)
	if len(got) != 2 || got[0].Err != nil || got[1].Err == nil {
		t.Fatalf("got %+v", got)
	}
	if s := got[0]; s.Keys != 3 || s.Hits != 1 || *s.Info.HitRatio() != 1 || s.Role != "primary" || s.UsedBytes == 0 || s.Clients == 0 || s.Version == "" {
		t.Errorf("the server that is up: %+v", s)
	}
	if got[0].Problem() != "" || got[1].Problem() != "connection refused" {
		t.Errorf("problems %q and %q", got[0].Problem(), got[1].Problem())
	}
	wrong := Server{Err: fmt.Errorf("ask: %w", &client.ServerError{Message: "WRONGPASS no"})}
	if got := wrong.Problem(); got != "refuses: WRONGPASS no" {
		t.Errorf("a wrong password: %q", got)
	}
	if got[1].Address != nobody || got[1].Lag != Unknown || got[1].Info.HitRatio() != nil {
		t.Errorf("the server that is down: %+v", got[1])
	}
}

func TestRelate(t *testing.T) {
	servers := []Server{{Group: "g"}, {Group: "g"}, {Group: "g"}, {Group: "h"}}
	texts := []string{
		"# Replication\r\nrole:master\r\nconnected_slaves:2\r\nmaster_repl_offset:1000\r\n",
		"role:slave\r\nmaster_link_status:up\r\nslave_repl_offset:900\r\nslave_lag_ms:12\r\n",
		"role:slave\r\nmaster_link_status:up\r\nmaster_sync_in_progress:1\r\nslave_repl_offset:0\r\n",
		"role:slave\r\nmaster_link_status:down\r\n",
	}
	for i := range servers {
		servers[i].Lag, servers[i].LagBytes = Unknown, Unknown
		servers[i].read(Parse(texts[i]))
	}
	relate(servers)
	if s := servers[1]; s.LagBytes != 100 || s.Lag != 12*time.Millisecond || s.Link != "up" {
		t.Errorf("in sync: %+v", s)
	}
	if s := servers[2]; s.LagBytes != Unknown || s.Link != "syncing" {
		t.Errorf("syncing: %+v", s)
	}
	if s := servers[3]; s.LagBytes != Unknown || s.Link != "down" {
		t.Errorf("cut off: %+v", s)
	}
}
