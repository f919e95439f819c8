package survey

import (
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/info"
)

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
		servers[i].read(info.Parse(texts[i]))
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
