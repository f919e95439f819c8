package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/cli"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestDumpBetweenPolicies dumps a node under each policy, and loads that into a node under another one and into the node itself
// after FLUSHALL: with entries that fit, all are there, with their values and with or without an expiry.
func TestDumpBetweenPolicies(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	from, to := start(t, "--max-memory", "16MB"), start(t, "--max-memory", "16MB")
	from.serving()
	to.serving()
	a, b := peerOf(t, from.address), peerOf(t, to.address)
	all := policy.All()
	for i, p := range all {
		a.must(t, "CONFIG", "SET", "maxmemory-policy", p.Redis())
		b.must(t, "CONFIG", "SET", "maxmemory-policy", all[(i+1)%len(all)].Redis())
		a.must(t, "FLUSHALL")
		for n := range 400 {
			request := []string{"SET", fmt.Sprint(p, n), strings.Repeat("v", n%300)}
			if n%3 == 0 {
				request = append(request, "EX", "1000")
			}
			a.must(t, request...)
			a.must(t, "GET", fmt.Sprint(p, n/2))
		}
		want := contents(t, from)
		if len(want) != 400 {
			t.Fatalf("%v: %d entries", p, len(want))
		}
		file := filepath.Join(folder, fmt.Sprint(i))
		transfer(t, from, "DUMP", file)
		a.must(t, "FLUSHALL")
		b.must(t, "FLUSHALL")
		for _, d := range []*daemon{from, to} {
			transfer(t, d, "LOAD", file)
			if got := contents(t, d); !maps.EqualFunc(got, want, equalBut) {
				t.Errorf("%v: loaded are %d of %d entries, or others", p, len(got), len(want))
			}
		}
	}
}

// equalBut reports whether two contents are equal, but for what a dump and its load take of an expiry, which is stored as a time to live.
func equalBut(a, b string) bool {
	valueA, untilA, _ := strings.Cut(a, " until ")
	valueB, untilB, _ := strings.Cut(b, " until ")
	atA, errA := strconv.ParseInt(untilA, 10, 64)
	atB, errB := strconv.ParseInt(untilB, 10, 64)
	const most = 500_000 // ms, of a time to live of twice as many; one that never ends has -1
	return errA == nil && errB == nil && valueA == valueB && max(atA-atB, atB-atA) < most
}

// contents are the keys and values of d.
func contents(t *testing.T, d *daemon) map[string]string {
	t.Helper()
	all, err := nodeprocess.Data(t.Context(), d.address)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// transfer runs DUMP or LOAD of the command line with a node.
func transfer(t *testing.T, d *daemon, command, file string) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	status := cli.Run([]string{"--address", d.address, command, file}, cli.IO{Out: out, Err: out, Getenv: func(string) string { return "" }})
	out.Close() //nolint:errcheck // it is read below
	if said, err := os.ReadFile(out.Name()); status != 0 || err != nil {
		t.Fatalf("%s: status %d, %v, %s", command, status, err, said)
	}
}
