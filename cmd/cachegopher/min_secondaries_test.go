package main

import (
	"strings"
	"testing"
)

// TestMinSecondaries takes the secondary from a primary that requires one: writes are refused, reads go on. It also changes
// the requirement by SIGHUP.
func TestMinSecondaries(t *testing.T) {
	t.Parallel()
	const refused = "error reply: NOREPLICAS Not enough good replicas to write."
	requires := func(n string) func(string) string {
		return func(config string) string {
			return strings.Replace(config, `"common": {`, `"common": {"min_secondaries": `+n+`, `, 1)
		}
	}
	g := runningGroup(t, 1, func(_, config string) string { return requires("1")(config) })
	primary := g.nodes[0]
	ask := func(words ...string) string { return replies(t, g.addresses[0], words...) }
	writes := func(want string) {
		t.Helper()
		primary.eventually("SET answered "+want, func() bool { return ask("SET", "k", "v") == want })
	}
	writes("OK")
	if info := ask("INFO", "replication"); !strings.Contains(info, "min_slaves_good_slaves:1\r\n") {
		t.Errorf("INFO has %s", info)
	}
	g.kill(1)
	writes(refused)
	if got := ask("GET", "k"); got != "v" {
		t.Errorf("GET: %s", got)
	}
	if got := ask("DEL", "k"); got != refused {
		t.Errorf("DEL: %s", got)
	}
	primary.dial().want("SET line 1", "ERROR: NOREPLICAS Not enough good replicas to write.")
	g.edit(func(config string) string { return strings.Replace(config, `"min_secondaries": 1, `, "", 1) })
	primary.reloads()
	writes("OK")
	g.edit(requires("1"))
	primary.reloads()
	writes(refused)
	g.start(1)
	g.nodes[1].serving()
	writes("OK")
	if got := replies(t, g.addresses[1], "SET", "k", "v"); !strings.Contains(got, "READONLY") {
		t.Errorf("the secondary answers %s", got)
	}
}
