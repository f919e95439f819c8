package realclients

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/server/servertest"
	"github.com/redis/go-redis/v9"
)

// TestNode uses a node through ioredis and node-redis; see testdata/node/check.js.
func TestNode(t *testing.T) {
	folder, err := npm()
	if err != nil {
		t.Skipf("SKIPPED: Node's clients cannot be had: %v", err)
	}
	node := servertest.Start(t)
	_, port, _ := net.SplitHostPort(node.Direct)
	if out, err := in(folder, 2*patience, "node", "check.js", port); err != nil || !strings.Contains(out, "all is well") {
		t.Errorf("%v\n%s", err, out)
	}
}

// nodeClients are Node's clients of a cluster.
func nodeClients(*testing.T) (func(client, port string) *exec.Cmd, error) {
	folder, err := npm()
	return func(client, port string) *exec.Cmd {
		return exec.Command("node", filepath.Join(folder, "cluster.js"), client, port)
	}, err
}

// npm installs Node's clients, at the versions of testdata/node/package.json, in a folder with the scripts beside it.
var npm = sync.OnceValues(func() (string, error) {
	folder := filepath.Join(installed, "node")
	if err := os.CopyFS(folder, os.DirFS("testdata/node")); err != nil {
		return "", err
	}
	out, err := in(folder, 2*time.Minute, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline")
	if err != nil {
		return "", fmt.Errorf("npm install: %w: %s", err, lastLine(out))
	}
	return folder, nil
})

// installed is a folder for what tests install. It is removed when they have ended.
var installed string

func TestMain(m *testing.M) {
	var err error
	if installed, err = os.MkdirTemp("", "cachegopher-clients"); err != nil {
		panic(err)
	}
	redis.SetLogger(silent{}) // it would tell of each attempt to reach a dead node
	status := m.Run()
	_ = os.RemoveAll(installed)
	os.Exit(status)
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// in runs a program in a folder.
func in(folder string, limit time.Duration, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = folder
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
