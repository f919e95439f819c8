package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// readyGroup is a primary and a secondary with an admin listener.
type readyGroup struct {
	*group
	admin string // URL of the secondary's operators
}

func newReadyGroup(t *testing.T, timeout int) *readyGroup {
	t.Helper()
	g := &readyGroup{group: directGroup(t, 1, map[string]any{"common": map[string]any{
		"max_memory": "64MB", "replication_heartbeat": "200ms", "recover_timeout": timeout,
	}})}
	g.Nodes[1].Admin = freeAddress(t)
	g.lead(0)
	g.admin = "http://" + g.Nodes[1].Admin
	return g
}

// follow starts the secondary under a service manager.
func (g *readyGroup) follow(m *manager, flags ...string) *daemon {
	g.t.Helper()
	flags = append([]string{"--config", g.Nodes[1].Config, "--server-id", "n1"}, flags...)
	d := launchManaged(g.t, []string{"NOTIFY_SOCKET=" + m.path}, nil, flags...)
	d.address = g.addresses[1]
	return d
}

// readyz returns status and body of the secondary's /readyz; 0 if it does not respond.
func (g *readyGroup) readyz() (int, string) {
	if r, err := http.Get(g.admin + "/readyz"); err == nil {
		r.Body.Close() //nolint:errcheck // only whether it is there
		if code, body := get(g.t, g.admin+"/primary", "*/*"); code != http.StatusServiceUnavailable || !strings.HasPrefix(body, "this node does not take writes") {
			g.t.Errorf("/primary of a secondary: %d %s", code, body)
		}
		return get(g.t, g.admin+"/readyz", "*/*")
	}
	return 0, ""
}

// TestReadyMeansInStep starts a secondary without its primary, with and without --recover. It must not be ready before it is
// in step with its primary; without --recover it serves clients meanwhile.
func TestReadyMeansInStep(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{nil, {"--recover"}} {
		g := newReadyGroup(t, 600)
		m := playManager(t)
		s := g.follow(m, flags...)
		var code int
		var why string
		s.eventually("answer to a probe", func() bool { code, why = g.readyz(); return code != 0 })
		s.eventually("answer to clients", func() bool {
			got := replies(t, g.addresses[1], "GET", "key")
			return strings.Contains(got, "LOADING") == (flags != nil)
		})
		if code != http.StatusServiceUnavailable || strings.Contains(m.String(), "READY=1") {
			t.Fatalf("%q: ready without its primary: %d %q, %s", flags, code, why, m)
		}
		if want := "not in step with the primary yet"; (flags == nil) != strings.Contains(why, want) {
			t.Errorf("%q: not ready because of %q", flags, why)
		}
		s.signal(syscall.SIGHUP)
		s.eventually("reload", func() bool { return strings.Contains(s.stdout.String(), "reloaded") })
		if strings.Contains(m.String(), "READY=1") {
			t.Fatalf("%q: a reload made the service manager believe that the node is ready: %s", flags, m)
		}
		g.start(0)
		p := g.nodes[0]
		p.serving()
		s.eventually("READY", m.got("READY=1\n"))
		if code, why := g.readyz(); code != http.StatusOK {
			t.Errorf("%q: in step, and yet %d %q", flags, code, why)
		}
		if got := replies(t, g.addresses[0], "SET", "key", "v") + replies(t, g.addresses[0], "WAIT", "1", "5000"); got != "OK1" {
			t.Errorf("%q: the secondary is not in step: %s", flags, got)
		}
		// A ready secondary stays ready: without a primary the secondaries are all that clients have.
		p.signal(syscall.SIGKILL)
		p.ended(patience)
		s.eventually("secondary that misses its primary", func() bool {
			return strings.Contains(replies(t, g.addresses[1], "INFO", "replication"), "master_link_status:down")
		})
		if code, why := g.readyz(); code != http.StatusOK {
			t.Errorf("%q: without its primary it is %d %q", flags, code, why)
		}
	}
}

// TestReadyAfterTimeout: a secondary whose primary does not connect is ready after recover_timeout, and logs it.
func TestReadyAfterTimeout(t *testing.T) {
	t.Parallel()
	g := newReadyGroup(t, 1)
	m := playManager(t)
	began := time.Now()
	s := g.follow(m)
	s.eventually("READY", m.got("READY=1\n"))
	if took := time.Since(began); took < time.Second {
		t.Errorf("ready after %v", took)
	}
	s.eventually("line that says so", func() bool { return strings.Contains(s.stdout.String(), "not in step with the primary in time") })
}
