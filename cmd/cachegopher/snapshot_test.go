package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/info"
	"github.com/cachegopher/cachegopher/internal/snapshot"
	"github.com/cachegopher/cachegopher/lru"
)

const snapshotConfig = `{"servers": [{"id": "n0", "address": "%A", "role": "primary"}], "common": {"production": false, "snapshot": "%F"}}`

// again starts the node of d's config again.
func (d *daemon) again(flags ...string) *daemon {
	d.t.Helper()
	next := launch(d.t, d.folder, append([]string{binary}, flags...)...)
	next.address = d.address
	next.serving()
	return next
}

// must sends a command whose answer must not be an error.
func (w *peer) must(t *testing.T, args ...string) any {
	t.Helper()
	got, err := w.do(args...)
	if err != nil {
		t.Fatalf("%.60q: %v", args, err)
	}
	return got
}

// peerOf returns a RESP connection to d.
func peerOf(t *testing.T, address string) *peer {
	t.Helper()
	c, err := dialPeer(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // the test is over
	return c
}

// TestSnapshotOverRestart stops a node with SIGTERM and starts it: everything is there with its expiry.
func TestSnapshotOverRestart(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	d := startConfig(t, snapshotConfig)
	d.serving()
	c := peerOf(t, d.address)
	model, expiry := map[string]string{}, map[string]string{}
	for i := range 2000 {
		key, value := make([]byte, 1+r.IntN(30)), make([]byte, r.IntN(200))
		for i := range key {
			key[i] = byte(r.Uint32())
		}
		if i%100 == 0 {
			value = bytes.Repeat([]byte{byte(i)}, 65_000)
		}
		c.must(t, "SET", string(key), string(value))
		model[string(key)] = string(value)
	}
	for key := range model {
		if r.IntN(3) == 0 {
			at := strconv.FormatInt(time.Now().Add(time.Hour+time.Duration(r.Int64N(1e12))).UnixMilli(), 10)
			c.must(t, "PEXPIREAT", key, at)
			expiry[key] = at
		}
	}
	c.must(t, "SET", "brief", "x", "PX", "300")
	before := fmt.Sprint(c.must(t, "LASTSAVE"))
	d.signal(syscall.SIGTERM)
	if status := d.ended(patience); status != exitDone {
		t.Fatalf("status %d", status)
	}
	time.Sleep(300 * time.Millisecond)
	d = d.again()
	c = peerOf(t, d.address)
	for key, value := range model {
		if got := c.must(t, "GET", key); got != value {
			t.Fatalf("%q is %.40q, want %.40q", key, got, value)
		}
		at, ok := expiry[key]
		if !ok {
			at = "-1"
		}
		if got := fmt.Sprint(c.must(t, "PEXPIRETIME", key)); got != at {
			t.Fatalf("%q expires at %s, want %s", key, got, at)
		}
	}
	if n := fmt.Sprint(c.must(t, "DBSIZE")); n != strconv.Itoa(len(model)) {
		t.Errorf("%s entries, want %d", n, len(model))
	}
	fields := info.Parse(replies(t, d.address, "INFO", "persistence"))
	if fields["rdb_last_load_keys_loaded"] != strconv.Itoa(len(model)) || fields["rdb_last_load_keys_expired"] != "1" || fields["rdb_bgsave_in_progress"] != "0" || fields["loading"] != "0" {
		t.Errorf("%v", fields)
	}
	savedAndKilled(t, d, before)
}

// savedAndKilled saves, and kills the node after one more write, which is lost. before is an earlier LASTSAVE.
func savedAndKilled(t *testing.T, d *daemon, before string) {
	t.Helper()
	c := peerOf(t, d.address)
	unsaved(t, d, "0")
	c.must(t, "FLUSHALL")
	c.must(t, "SET", "a", "1")
	unsaved(t, d, "1")
	if got := c.must(t, "SAVE"); got != "OK" {
		t.Errorf("%v", got)
	}
	if last := fmt.Sprint(c.must(t, "LASTSAVE")); last < before {
		t.Errorf("last save %s, before %s", last, before)
	}
	unsaved(t, d, "0")
	c.must(t, "SET", "b", "1")
	unsaved(t, d, "1")
	d.Kill()
	d = d.again()
	d.dial().want("GET a", "1")
	d.dial().want("GET b", "ERROR: Key not found")
}

// unsaved checks how many changes the node has that its last snapshot lacks.
func unsaved(t *testing.T, d *daemon, want string) {
	t.Helper()
	if got := info.Parse(replies(t, d.address, "INFO", "persistence"))["rdb_changes_since_last_save"]; got != want {
		t.Errorf("%s changes since the last save, want %s", got, want)
	}
}

// TestKilledWhileSaving kills a node while it writes a snapshot: the old file is whole, the next start serves it, and
// nothing is left beside it.
func TestKilledWhileSaving(t *testing.T) {
	if raced {
		t.Skip("SKIPPED: starting programs with the race detector in them takes long; it runs without")
	}
	t.Parallel()
	d := startConfig(t, snapshotConfig)
	d.serving()
	c := peerOf(t, d.address)
	const n = 100_000
	for i := 0; i < n; i += 1000 {
		args := []string{"MSET"}
		for j := i; j < i+1000; j++ {
			args = append(args, fmt.Sprint("key", j), strings.Repeat("v", 100))
		}
		c.must(t, args...)
	}
	c.must(t, "SAVE")
	path := filepath.Join(d.folder, "n0.snapshot")
	during := 0
	for i := range 6 {
		if got := c.must(t, "BGSAVE"); got != "Background saving started" {
			t.Fatal(got)
		}
		if got, err := c.do("BGSAVE"); err == nil && !strings.Contains(fmt.Sprint(got), "started") {
			t.Errorf("a second BGSAVE: %v", got)
		} else if err != nil && !strings.Contains(err.Error(), "Background save already in progress") {
			t.Error(err)
		}
		time.Sleep(time.Duration(i) * 5 * time.Millisecond)
		d.Kill()
		if parts, _ := filepath.Glob(path + ".part-*"); len(parts) > 0 {
			during++
		}
		store, err := lru.New(lru.Options{MaxEntries: 2 * n})
		if err != nil {
			t.Fatal(err)
		}
		if l, err := snapshot.Load(context.Background(), store.Shards(), path, snapshot.Options{}); err != nil || l.Damage != nil || l.Entries != n {
			t.Fatalf("%+v, %v", l, err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		d = d.again()
		c = peerOf(t, d.address)
		if got := fmt.Sprint(c.must(t, "DBSIZE")); got != strconv.Itoa(n) {
			t.Fatalf("%s entries", got)
		}
		if parts, _ := filepath.Glob(path + ".part-*"); len(parts) > 0 {
			t.Errorf("the start leaves %v", parts)
		}
	}
	t.Logf("%d of 6 kills met a snapshot that was being written", during)
}

// TestSnapshotRefused: a file that is no snapshot stays as it is, and the node does not start.
func TestSnapshotRefused(t *testing.T) {
	folder := t.TempDir()
	file := write(t, folder, "notes.txt", "something that somebody needs")
	config := strings.NewReplacer("%A", freeAddress(t), "%F", file).Replace(snapshotConfig)
	write(t, folder, "cacheGopherConfig.json", config)
	status, _, stderr := command(t, folder)
	if status != exitUsage || !strings.Contains(stderr, "common.snapshot") || !strings.Contains(stderr, "this is no dump") {
		t.Errorf("status %d, %q", status, stderr)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "something that somebody needs" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestSnapshotOfAGroup: a group that was stopped as a whole serves what its primary has written. A primary that comes back
// while another member leads takes that one's data, not its snapshot.
func TestSnapshotOfAGroup(t *testing.T) {
	t.Parallel()
	g := runningGroup(t, 1, func(folder, config string) string {
		return addsCommon(fmt.Sprintf(`"snapshot": %q`, folder))(config)
	})
	set := func(i int, key, value string) { peerOf(t, g.addresses[i]).must(t, "SET", key, value) }
	get := func(i int, key string) any { return peerOf(t, g.addresses[i]).must(t, "GET", key) }
	stop := func(i int) {
		g.nodes[i].signal(syscall.SIGTERM)
		if status := g.nodes[i].ended(patience); status != exitDone {
			t.Errorf("n%d: status %d", i, status)
		}
	}
	set(0, "a", "1")
	stop(1)
	stop(0)
	g.start(0, "--recover")
	g.start(1, "--recover")
	g.nodes[0].serving()
	g.nodes[1].serving()
	if got := get(0, "a"); got != "1" {
		t.Errorf("a is %v", got)
	}
	g.equal()
	stop(0)
	peerOf(t, g.addresses[1]).must(t, "PROMOTE", "FORCE")
	set(1, "a", "2")
	g.start(0, "--recover")
	g.nodes[0].serving()
	g.equal()
	if got := get(1, "a"); got != "2" {
		t.Errorf("a is %v at the new primary", got)
	}
	if got := replies(t, g.addresses[0], "ROLE"); !strings.Contains(got, "slave") {
		t.Errorf("n0 is %s", got)
	}
}
