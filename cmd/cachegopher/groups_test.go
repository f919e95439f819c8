package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/cli"
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// TestGroupsKeepPlaces changes the primaries of two groups of three. Clients of the old file, of the file that the command
// line prints then, and of seeds place every key in the same group, and find it there.
func TestGroupsKeepPlaces(t *testing.T) {
	t.Parallel()
	var servers []nodeprocess.Member
	for _, g := range []string{"a", "b"} {
		var members []nodeprocess.Member
		for i := range 3 {
			members = append(members, nodeprocess.Member{ID: fmt.Sprint(g, i), Address: freeAddress(t)})
		}
		nodeprocess.Lead(members, 0)
		servers = append(servers, members...)
	}
	folder := t.TempDir()
	file, printed := filepath.Join(folder, "cacheGopherConfig.json"), filepath.Join(folder, "printed.json")
	if err := nodeprocess.WriteConfig(file, servers, groupSettings); err != nil {
		t.Fatal(err)
	}
	var nodes []*daemon
	for _, m := range servers {
		d := launch(t, folder, binary, "--server-id", m.ID)
		d.address = m.Address
		nodes = append(nodes, d)
	}
	for _, d := range nodes {
		d.serving()
	}
	clientOf := func(o client.Option) *client.Client {
		t.Helper()
		c, err := client.New(o, client.WithReadTimeout(patience/3))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() }) //nolint:errcheck // it returns none
		return c
	}
	old := clientOf(client.WithConfigFile(file))
	const keys = 200
	for i := range keys {
		if err := old.Set(t.Context(), fmt.Sprint("key-", i), []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{2, 4} { // a2 and b1
		nodes[i].eventually("PROMOTE", func() bool { return replies(t, servers[i].Address, "PROMOTE") == "OK" })
	}
	out, err := os.Create(printed)
	if err != nil {
		t.Fatal(err)
	}
	status := cli.Run([]string{"--config", file, "TOPOLOGY", "--config"}, cli.IO{Out: out, Err: os.Stderr, Getenv: func(string) string { return "" }})
	out.Close() //nolint:errcheck // it is read below
	if text, err := os.ReadFile(printed); status != 0 || err != nil || !strings.Contains(string(text), `"group": "a0"`) {
		t.Fatalf("exit status %d, %v: %s", status, err, text)
	}
	for name, c := range map[string]*client.Client{
		"the old file": old, "the printed file": clientOf(client.WithConfigFile(printed)), "seeds": clientOf(client.WithSeeds(servers[0].Address, servers[5].Address)),
	} {
		for i := range keys {
			key := fmt.Sprint("key-", i)
			_, is := c.Locate(key)
			_, was := old.Locate(key)
			if v, err := c.Get(t.Context(), key, client.FromPrimary()); err != nil || string(v) != fmt.Sprint(i) || is.ID != was.ID {
				t.Fatalf("%s: %s is %q, %v, in group %s, before in %s", name, key, v, err, is.ID, was.ID)
			}
			if err := c.Set(t.Context(), key, []byte(fmt.Sprint(i))); err != nil {
				t.Fatalf("%s: write of %s: %v", name, key, err)
			}
		}
	}
}
