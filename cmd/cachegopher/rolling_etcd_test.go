package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// serviceManager plays systemd for the units of a group: a systemctl that asks it is first in PATH of command.
type serviceManager struct {
	g        *coordinatedGroup
	root     string
	notified []*manager
	restarts []string
}

const askingSystemctl = `#!/bin/sh
for last; do :; done
case "$1" in
list-units) ls $ROOT/status | sed 's/$/ loaded active running A node/' ;;
show) cat "$ROOT/status/$last" ;;
restart)
	echo "$last" >$ROOT/new && mv $ROOT/new $ROOT/request
	until [ -e $ROOT/done ]; do sleep 0.05; done
	rm $ROOT/done
	;;
esac
`

func manageServices(g *coordinatedGroup) *serviceManager {
	m := &serviceManager{g: g, root: g.t.TempDir()}
	write(g.t, m.root, "systemctl", askingSystemctl)
	if err := os.Chmod(filepath.Join(m.root, "systemctl"), 0o755); err != nil {
		g.t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(m.root, "status"), 0o755); err != nil {
		g.t.Fatal(err)
	}
	for i, n := range g.nodes { // started anew, as units
		n.signal(syscall.SIGTERM)
		n.ended(patience)
		m.notified = append(m.notified, playManager(g.t))
		m.start(i)
	}
	return m
}

func unitOf(i int) string { return fmt.Sprintf("cachegopher@n%d.service", i) }

// start starts a unit and returns once the node has notified that it is ready.
func (m *serviceManager) start(i int) {
	g, heard := m.g, m.notified[i]
	before := strings.Count(heard.String(), "READY=1\n")
	files, env := heard.passOn()
	g.nodes[i] = launchManaged(g.t, env, files, "--config", g.Nodes[i].Config, "--server-id", fmt.Sprint("n", i), "--recover")
	g.nodes[i].address, g.Nodes[i].Process = g.addresses[i], g.nodes[i].Process
	g.nodes[i].eventually("READY", func() bool { return strings.Count(heard.String(), "READY=1\n") > before })
}

// writeStatus writes down the units' status for systemctl, which lists those that have one.
func (m *serviceManager) writeStatus() error {
	for i, n := range m.notified {
		line := n.status()
		if line == "" {
			continue
		}
		write(m.g.t, m.root, "line", line+"\n")
		if err := os.Rename(filepath.Join(m.root, "line"), filepath.Join(m.root, "status", unitOf(i))); err != nil {
			return err
		}
	}
	return nil
}

// serve keeps the units' status up to date and restarts what systemctl asks for, until the script has ended.
func (m *serviceManager) serve(ended <-chan error) error {
	for {
		if err := m.writeStatus(); err != nil {
			return err
		}
		if asked, err := os.ReadFile(filepath.Join(m.root, "request")); err == nil {
			if err := os.Remove(filepath.Join(m.root, "request")); err != nil {
				return err
			}
			for i, n := range m.g.nodes {
				if unitOf(i) != strings.TrimSpace(string(asked)) {
					continue
				}
				m.restarts = append(m.restarts, fmt.Sprint("n", i))
				n.signal(syscall.SIGTERM)
				if status := n.ended(patience); status != exitDone {
					m.g.t.Errorf("exit status %d", status)
				}
				m.start(i)
			}
			write(m.g.t, m.root, "done", "")
		}
		select {
		case err := <-ended:
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// roll runs the package's script, and serves its calls of systemctl until it has ended.
func (m *serviceManager) roll() error {
	if err := m.writeStatus(); err != nil { // before the script asks for the units
		return err
	}
	script := exec.Command("/bin/sh", filepath.Join("..", "..", "deploy", "packages", "rolling-restart"))
	said := new(lines)
	script.Env, script.Stdout, script.Stderr = append(os.Environ(), "ROOT="+m.root, "PATH="+m.root+":"+os.Getenv("PATH")), said, said
	if err := script.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- script.Wait() }()
	if err := m.serve(ended); err != nil {
		return fmt.Errorf("%w, it says %s", err, said)
	}
	return nil
}

// status is the latest status line that the node has sent; empty: none yet.
func (m *manager) status() string {
	all := strings.Split(m.String(), "STATUS=")
	if len(all) == 1 {
		return ""
	}
	line, _, _ := strings.Cut(all[len(all)-1], "\n")
	return line
}

// TestRollingRestartOfAll runs the package's script over a group whose primary etcd chooses, while a client reads and writes:
// every member is restarted, the primary last, which hands over. No request fails, and nothing that was acknowledged is lost.
func TestRollingRestartOfAll(t *testing.T) {
	g := startCoordinated(t)
	m := manageServices(g)
	first := g.primary()
	r := startRoller(t, g.Nodes[0].Config)
	g.primary()
	for i, n := range m.notified { // the lines are a second old
		role := "secondary,"
		if i == first {
			role = "primary,"
		}
		g.nodes[i].eventually("status "+role, func() bool { return strings.HasPrefix(n.status(), role) })
	}
	r.begin()
	began := time.Now()
	if err := m.roll(); err != nil {
		t.Error(err)
	}
	took := time.Since(began)
	r.end()
	last := g.primary()
	t.Logf("restarted %v in %v", m.restarts, took.Round(time.Millisecond))
	if len(m.restarts) != 3 || m.restarts[2] != fmt.Sprint("n", first) || last == first {
		t.Errorf("restarted %v, the primary was n%d and is n%d", m.restarts, first, last)
	}
	if n := r.refused.Load(); n > 0 {
		t.Errorf("%d writes failed", n)
	}
	for _, a := range g.addresses {
		all, err := nodeprocess.Data(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		r.check(all)
	}
}
