package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/server/session"
)

// TestClusterGroups makes groups from servers with several addresses, one of which does not run.
func TestClusterGroups(t *testing.T) {
	top := &topology.Topology{
		Servers: []topology.Server{
			{ID: "a", Group: "g", Addresses: []string{"unix:///run/a.sock", "10.0.0.1:7", "10.0.0.1:8"}, TLSAddress: "a.example:9"},
			{ID: "b", Group: "g", Addresses: []string{"0.0.0.0:7"}},
			{ID: "c", Group: "h", Addresses: []string{"unix:///run/c.sock"}},
			{ID: "d", Group: "g", Addresses: []string{"[fd00::1]:7"}},
		},
		Groups: []topology.Group{{Name: "g", Leader: "d", Followers: []string{"a"}, Epoch: 3}, {Name: "h", Leader: "c"}},
	}
	want := []session.ClusterGroup{
		{Name: "g", Epoch: 3, Members: []session.ClusterMember{
			{ID: "d", Plain: session.Endpoint{Host: "fd00::1", Port: 7}},
			{ID: "a", Plain: session.Endpoint{Host: "10.0.0.1", Port: 7}, TLS: session.Endpoint{Host: "a.example", Port: 9}},
			{ID: "b", Plain: session.Endpoint{Port: 7}, Lost: true},
		}},
		{Name: "h", Members: []session.ClusterMember{{ID: "c"}}},
	}
	if got := clusterGroups(top); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

// TestServeRedisCluster changes the number of groups in a node's config, and its redis_cluster.
func TestServeRedisCluster(t *testing.T) {
	path := filepath.Join(t.TempDir(), config.FileName)
	const second = `, {"id": "b", "role": "primary", "address": "127.0.0.1:2"}`
	write := func(when, more string) {
		t.Helper()
		text := fmt.Sprintf(`{"servers": [{"id": "a", "role": "primary", "address": "127.0.0.1:1", "max_memory": "16MB", "redis_cluster": %q}%s]}`, when, more)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("auto", "")
	reread := setupOf(path, "a")
	setup, err := reread()
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(Options{Setup: *setup, Log: logTo(t, new(console)), Reread: reread})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	if n.sessions.Cluster() != nil {
		t.Error("a node of a single group serves Redis Cluster")
	}
	for _, c := range []struct {
		when, more string
		groups     int
	}{{"auto", second, 2}, {"off", second, 0}, {"on", second, 2}, {"on", "", 1}, {"auto", "", 0}} {
		write(c.when, c.more)
		if err := n.Reload(); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, fmt.Sprintf("%+v", c), func() bool {
			of := n.sessions.Cluster()
			return of == nil && c.groups == 0 || of != nil && len(of.Groups) == c.groups && of.Groups[of.Own].Name == "a"
		})
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}
