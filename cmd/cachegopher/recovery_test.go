package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestServeEmpty: an operator gives up the data of a silent member.
func TestServeEmpty(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 1, nil)
	g.held(100, 10)
	if got := replies(t, g.addresses[0], "REPLICA", "SERVE"); got != "error reply: ERR this node already serves" {
		t.Errorf("REPLICA SERVE to a primary that serves: %s", got)
	}
	g.kill(0)
	hold(t, g.proxies[0])
	g.start(0)
	d := g.nodes[0]
	d.eventually("a line about who may have the data", func() bool { return strings.Contains(d.stdout.String(), holding) })
	if got := replies(t, g.addresses[0], "GET", "key:1"); !strings.Contains(got, "LOADING") {
		t.Errorf("it answers %s", got)
	}
	if got := replies(t, g.addresses[0], "REPLICA", "SERVE"); got != "OK" {
		t.Errorf("REPLICA SERVE: %s", got)
	}
	d.serving()
	if n := size(t, g.addresses[0]); n != "0" {
		t.Errorf("it has %s entries", n)
	}
}

// TestStoppedWhileStarting suspends a primary right after it has asked its secondary, for longer than it would wait, so
// that the answer arrives meanwhile.
func TestStoppedWhileStarting(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 1, nil)
	g.held(100, 10)
	for range 2 {
		g.kill(0)
		asked, release := g.proxies[0].Accepted(), hold(t, g.proxies[0])
		g.start(0)
		d := g.nodes[0]
		d.eventually("a question", func() bool { return g.proxies[0].Accepted() > asked })
		d.signal(syscall.SIGSTOP)
		release()
		time.Sleep(3300 * time.Millisecond) // longer than the primary asks
		d.signal(syscall.SIGCONT)
		d.serving()
		if n := size(t, g.addresses[0]); n != "100" {
			t.Fatalf("it has %s entries", n)
		}
	}
}

// TestCutFetch cuts the connection over which a primary gets its data, after recover_timeout. Neither it nor the secondary
// may keep the part that arrived.
func TestCutFetch(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 1, func(_, config string) string {
		return strings.Replace(config, `"recover_timeout": 10`, `"recover_timeout": 1`, 1)
	})
	const entries = 4000
	g.held(entries, 5000)
	g.kill(0)
	g.proxies[0].Does(slow)
	g.start(0)
	d := g.nodes[0]
	d.eventually("a recovery that goes on", func() bool { return strings.Contains(d.stdout.String(), " left") })
	time.Sleep(500 * time.Millisecond)
	if strings.Contains(d.stdout.String(), "recovery: done") {
		t.Log("the recovery was too quick to be cut")
	}
	g.proxies[0].Cut()
	d.eventually("a new attempt", func() bool {
		return strings.Count(d.stdout.String(), "taking the data of a secondary") > 1 || strings.Contains(d.stdout.String(), "Ready to accept")
	})
	g.proxies[0].Does(pieces)
	d.serving()
	for i, a := range g.addresses {
		if n := size(t, a); n != fmt.Sprint(entries) {
			t.Errorf("n%d has %s entries", i, n)
		}
	}
}

// TestSilentWitness restarts a primary while the only secondary that has confirmed the last write is suspended. The other
// secondary knows that it was in step, so the primary must wait for it.
func TestSilentWitness(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 2, func(_, config string) string {
		return strings.Replace(config, `"recover_timeout": 10`, `"recover_timeout": 100`, 1)
	})
	g.held(10, 10)
	p := g.addresses[0]
	for _, step := range []struct{ request, reply string }{
		{"SET key old", "OK"}, {"WAIT 2 20000", "2"}, {"REPLICA PAUSE n1", "OK"}, {"SET key new", "OK"}, {"WAIT 1 20000", "1"},
	} {
		if got := replies(t, p, strings.Fields(step.request)...); got != step.reply {
			t.Fatalf("%s is answered %s", step.request, got)
		}
	}
	g.nodes[2].signal(syscall.SIGSTOP)
	g.kill(0)
	g.start(0)
	d := g.nodes[0]
	d.eventually("a line about who may have the latest", func() bool {
		log := d.stdout.String()
		return strings.Contains(log, "recovery: asking longer") || strings.Contains(log, "Ready to accept")
	})
	g.nodes[2].signal(syscall.SIGCONT)
	d.serving()
	if got := replies(t, p, "GET", "key"); got != "new" {
		t.Errorf("the value that was confirmed is %s", got)
	}
}
