package node

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// TestSource gives a node a Source that is not the config file. The node begins with the Source's role, although the config
// says another, and changes it when the Source does.
func TestSource(t *testing.T) {
	path := filepath.Join(t.TempDir(), config.FileName)
	const text = `{"servers": [{"id": "a", "role": "primary", "address": "127.0.0.1:3", "secondaries": ["b"], "max_memory": "16MB"},
		{"id": "b", "role": "secondary", "primary": "a", "address": "127.0.0.1:1"}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	setup, err := setupOf(path, "a")()
	if err != nil {
		t.Fatal(err)
	}
	led := func(leader, follower string) *topology.Topology {
		now := topology.Of(setup.File)
		now.Groups[0].Leader, now.Groups[0].Followers = leader, []string{follower}
		return now
	}
	source := topology.NewLive(led("b", "a"))
	n, err := New(Options{Setup: *setup, Log: logTo(t, new(console)), Topology: source})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	role := func(want string) func() bool {
		return func() bool { return strings.HasPrefix(n.StatusLine(), want) }
	}
	if !role("secondary")() {
		t.Errorf("it begins as %q", n.StatusLine())
	}
	source.Set(led("a", "b"))
	testkit.Eventually(t, "a primary", role("primary"))
	source.Set(led("b", "a"))
	testkit.Eventually(t, "a secondary", role("secondary"))
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}
