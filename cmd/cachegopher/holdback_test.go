package main

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/cachegopher/cachegopher/internal/netfault"
)

// holding is logged by a primary that does not serve yet because a member may have the data.
const holding = "recovery: not serving, since a member"

// held writes n keys with values of size bytes, and waits until all secondaries have them.
func (g *group) held(n, size int, signIn ...string) {
	g.t.Helper()
	w, err := dialPeer(g.addresses[0])
	if err != nil {
		g.t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // done with it
	var requests [][]string
	if len(signIn) > 0 {
		requests = append(requests, signIn)
	}
	for i := range n {
		requests = append(requests, []string{"SET", fmt.Sprint("key:", i), strings.Repeat("v", size)})
	}
	for _, r := range requests {
		if _, err := w.do(r...); err != nil {
			g.t.Fatal(r[0], err)
		}
	}
	want := fmt.Sprint(len(g.nodes) - 1)
	g.nodes[0].eventually("secondaries that have everything", func() bool {
		got, err := w.do("WAIT", want, "2000")
		return err == nil && got == want
	})
}

// size returns how many keys a node has, after signing in if signIn is given.
func size(t *testing.T, address string, signIn ...string) string {
	t.Helper()
	w, err := dialPeer(address)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // done with it
	if len(signIn) > 0 {
		if _, err := w.do(signIn...); err != nil {
			t.Fatal(err)
		}
	}
	n, err := w.do("DBSIZE")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(n)
}

// holdback is a way in which a secondary that has all data withholds it.
type holdback struct {
	edit   func(folder, config string) string
	signIn []string
	// spoil is called after the primary was killed; the function that it returns undoes it.
	spoil func(*testing.T, *group) (mend func())
	// served: it is no fault if the node lets the primary in nevertheless.
	served bool
}

// TestMemberThatAnswersIsWaitedFor restarts a primary while its secondary, which has all data, answers but does not hand
// it over. The primary must not start empty, and must have everything once the secondary hands it over.
func TestMemberThatAnswersIsWaitedFor(t *testing.T) {
	t.Parallel()
	app := []string{"AUTH", "app", "hunter2"}
	withUsers := func(folder, config string) string { return adds(securityOf(t, folder, ""))(config) }
	says := func(text string) func(*testing.T, *group) func() {
		return func(_ *testing.T, g *group) func() {
			g.proxies[0].Does(netfault.Fault{Says: &text})
			return func() { g.proxies[0].Does(pieces) }
		}
	}
	for name, c := range map[string]holdback{
		"full of clients": {
			edit: func(_, config string) string {
				return strings.Replace(config, `"common": {`, `"common": {"max_connections": 20, `, 1)
			},
			spoil: crowd, served: true,
		},
		"without the right": {edit: withUsers, signIn: app, spoil: func(t *testing.T, g *group) func() {
			config := withUsers(g.folders[1], g.config(1))
			write(t, g.folders[1], "cacheGopherConfig.json", strings.Replace(config, `"rights": ["replication"]`, `"rights": ["read"]`, 1))
			g.nodes[1].reloads()
			return func() {
				write(t, g.folders[1], "cacheGopherConfig.json", config)
				g.nodes[1].reloads()
			}
		}},
		"without a password": {edit: withUsers, signIn: app, spoil: func(t *testing.T, g *group) func() {
			config := withUsers(g.folders[0], g.config(0))
			at := strings.Index(config, `"node_user"`)
			end := at + strings.Index(config[at:], "}")
			write(t, g.folders[0], "cacheGopherConfig.json", strings.TrimRight(config[:at], ", \n\t")+config[end:])
			return func() {
				g.kill(0)
				write(t, g.folders[0], "cacheGopherConfig.json", config)
				g.start(0)
			}
		}},
		"under another id": {spoil: func(t *testing.T, g *group) func() {
			write(t, g.folders[0], "cacheGopherConfig.json", strings.ReplaceAll(g.config(0), `"n1"`, `"n7"`))
			return func() {
				g.kill(0)
				write(t, g.folders[0], "cacheGopherConfig.json", g.config(0))
				g.start(0)
			}
		}},
		"with REPLICA switched off": {spoil: says("-ERR the command 'replica' is switched off on this node by security.disabled_commands\r\n")},
		"of another version":        {spoil: says("-REFUSED this node speaks version 9 of the replication stream\r\n")},
		"as something else":         {spoil: says("HTTP/1.1 400 Bad Request\r\n\r\n")},
		"by closing":                {spoil: says("")},
		"with silence":              {spoil: func(t *testing.T, g *group) func() { return hold(t, g.proxies[0]) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

// run restarts the primary of a group while the secondary holds back its data.
func (h holdback) run(t *testing.T) {
	g := runningGroup(t, 1, h.edit)
	g.held(100, 10, h.signIn...)
	g.kill(0)
	mend := h.spoil(t, g)
	g.start(0)
	d := g.nodes[0]
	d.eventually("a line about who may have the data", func() bool {
		log := d.stdout.String()
		return strings.Contains(log, holding) || h.served && strings.Contains(log, "Ready to accept")
	})
	if log := d.stdout.String(); strings.Contains(log, "EMPTY") || !h.served && strings.Contains(log, "Ready to accept") {
		t.Fatal("it serves without the data")
	}
	mend()
	g.nodes[0].serving()
	for i, a := range g.addresses {
		if n := size(t, a, h.signIn...); n != "100" {
			t.Errorf("n%d has %s entries", i, n)
		}
	}
}

// crowd opens as many connections to the secondary as it accepts; the returned function closes them.
func crowd(t *testing.T, g *group) (leave func()) {
	var conns []net.Conn
	for range 40 {
		c, err := net.Dial("tcp", g.addresses[1])
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	return func() {
		for _, c := range conns {
			c.Close() //nolint:errcheck // done with it
		}
		g.nodes[1].eventually("room for a client", func() bool {
			w, err := dialPeer(g.addresses[1])
			if err != nil {
				return false
			}
			defer w.Close() //nolint:errcheck // done with it
			_, err = w.do("DBSIZE")
			return err == nil
		})
	}
}

// reloads sends SIGHUP and waits until the node logs that it has reloaded.
func (d *daemon) reloads() {
	d.t.Helper()
	before := strings.Count(d.stdout.String(), "INFO reloaded")
	d.signal(syscall.SIGHUP)
	d.eventually("reload", func() bool { return strings.Count(d.stdout.String(), "INFO reloaded") > before })
}
