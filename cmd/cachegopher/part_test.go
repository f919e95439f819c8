package main

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
)

// TestPartOfTheData kills a primary while one secondary has a part of the data, from a full sync, and the other one, which
// has everything, is suspended. The part must not count as the group's data.
func TestPartOfTheData(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 2, nil)
	const entries = 4000
	g.held(entries, 5000)
	g.kill(2)
	g.proxies[1].Does(slow)
	g.start(2)
	part := func() bool {
		n := size(t, g.addresses[2])
		return n != "0" && n != fmt.Sprint(entries)
	}
	g.nodes[2].serving()
	g.nodes[2].eventually("a part of the data", part)
	g.nodes[1].signal(syscall.SIGSTOP)
	g.kill(0)
	if !part() {
		t.Log("the full sync was too quick to be cut")
	}
	g.proxies[1].Cut()
	g.proxies[1].Does(pieces)
	g.start(0)
	d := g.nodes[0]
	d.eventually("a line about who may have the data", func() bool {
		log := d.stdout.String()
		return strings.Contains(log, holding) || strings.Contains(log, "recovery: asking longer") || strings.Contains(log, "Ready to accept")
	})
	g.nodes[1].signal(syscall.SIGCONT)
	d.serving()
	if n := size(t, g.addresses[0]); n != fmt.Sprint(entries) {
		t.Errorf("it has %s entries", n)
	}
}

// TestCorrectedAddress restarts a primary whose config has a wrong address for its secondary, where something accepts
// connections and stays silent. SIGHUP with the right address is enough.
func TestCorrectedAddress(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 1, nil)
	g.held(100, 10)
	g.kill(0)
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close() //nolint:errcheck // the test is over
	right := g.config(0)
	write(t, g.folders[0], "cacheGopherConfig.json", strings.Replace(right, g.proxies[0].Address, mute.Addr().String(), 1))
	g.start(0)
	d := g.nodes[0]
	d.eventually("a line about who may have the data", func() bool { return strings.Contains(d.stdout.String(), holding) })
	write(t, g.folders[0], "cacheGopherConfig.json", right)
	d.reloads()
	d.serving()
	if n := size(t, g.addresses[0]); n != "100" {
		t.Errorf("it has %s entries", n)
	}
}
