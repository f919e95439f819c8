package realclients

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/server/servertest"
)

// TestNode uses a node through ioredis and node-redis; see testdata/node/check.js.
func TestNode(t *testing.T) {
	folder := npmInstall(t, "check.js")
	node := servertest.Start(t)
	_, port, _ := net.SplitHostPort(node.Direct)
	if out, err := in(folder, 2*patience, "node", "check.js", port); err != nil || !strings.Contains(out, "all is well") {
		t.Errorf("%v\n%s", err, out)
	}
}

// npmInstall installs Node's clients in a new folder, with a script of testdata/node. It skips the test where npm is
// missing or its registry does not serve them.
func npmInstall(t *testing.T, script string) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: no %s here to use Node's clients with", program)
		}
	}
	folder := t.TempDir()
	for _, name := range []string{"package.json", script} {
		data, err := os.ReadFile(filepath.Join("testdata", "node", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := in(folder, 2*time.Minute, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"); err != nil {
		t.Skipf("SKIPPED: npm's registry does not serve ioredis and redis: %v: %s", err, lastLine(out))
	}
	return folder
}

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
