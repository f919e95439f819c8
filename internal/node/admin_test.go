package node

import (
	"context"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// TestMembersAreNoClients: the status page shows a member that has no room for another client, and asking takes no place.
func TestMembersAreNoClients(t *testing.T) {
	s := Setup{Node: config.Standalone(), Addressed: true}
	s.Node.Addresses, s.Node.MaxConnections = []string{"127.0.0.1:0"}, 1
	n, err := New(Options{Setup: s, Log: logTo(t, new(console)), Version: "7"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	address := n.server.Addrs()[0].String()
	only, err := nodeprocess.Dial(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer only.Close() //nolint:errcheck // the test is over
	if _, err := only.Do(10*time.Second, "PING"); err != nil {
		t.Fatal(err)
	}
	o := &adminListener{sec: n.sec, topology: topology.NewLive(&topology.Topology{
		Servers: []topology.Server{{ID: "a", Group: "a", Addresses: []string{address}}, {ID: "b", Group: "a", Addresses: []string{testkit.Nobody(t)}}},
		Groups:  []topology.Group{{Name: "a", Leader: "a", Followers: []string{"b"}}},
	})}
	list := o.members(testkit.Within(t, 10*time.Second))
	if a := list[0]; a.Error != "" || a.Version != "7" || a.Role != config.Primary || a.Clients != 2 {
		t.Errorf("the full member: %+v", a)
	}
	if b := list[1]; b.Error != "connection refused" || b.Role != config.Secondary {
		t.Errorf("the member that does not run: %+v", b)
	}
	document, err := n.sec.inquire(ctx, o.topology.Now().Servers[0], "TOPOLOGY")
	if err != nil || document == "" {
		t.Errorf("TOPOLOGY: %q, %v", document, err)
	}
	if _, err := only.Do(10*time.Second, "PING"); err != nil || n.server.Stats().Connections != 1 {
		t.Errorf("the client: %v, %+v", err, n.server.Stats())
	}
}
