package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/cli"
	"github.com/cachegopher/cachegopher/client"
)

// TestGroupsKeepPlaces changes the primaries of two groups of three. Clients of the old file, of the file that the command
// line prints then, and of seeds place every key in the same group, and find it there.
func TestGroupsKeepPlaces(t *testing.T) {
	t.Parallel()
	var servers, addresses []string
	for _, g := range []string{"a", "b"} {
		for i := range 3 {
			address := "127.0.0.1:" + freePort(t)
			addresses = append(addresses, address)
			role := fmt.Sprintf(`"role": "secondary", "primary": "%s0"`, g)
			if i == 0 {
				role = fmt.Sprintf(`"role": "primary", "secondaries": ["%s1", "%s2"]`, g, g)
			}
			servers = append(servers, fmt.Sprintf(`{"id": "%s%d", "address": %q, %s}`, g, i, address, role))
		}
	}
	folder := t.TempDir()
	write(t, folder, "cacheGopherConfig.json", `{`+groupSettings+`, "servers": [`+strings.Join(servers, ",\n")+`]}`)
	file, printed := filepath.Join(folder, "cacheGopherConfig.json"), filepath.Join(folder, "printed.json")
	var nodes []*daemon
	for i, address := range addresses {
		d := launch(t, folder, binary, "--server-id", fmt.Sprintf("%c%d", "ab"[i/3], i%3))
		d.address = address
		nodes = append(nodes, d)
	}
	for _, d := range nodes {
		d.serving()
	}
	clientOf := func(o client.Option) *client.Client {
		t.Helper()
		c, err := client.New(o)
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
		nodes[i].eventually("PROMOTE", func() bool { return replies(t, addresses[i], "PROMOTE") == "OK" })
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
		"the old file": old, "the printed file": clientOf(client.WithConfigFile(printed)), "seeds": clientOf(client.WithSeeds(addresses[0], addresses[5])),
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
