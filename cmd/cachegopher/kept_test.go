package main

import (
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
	"github.com/cachegopher/cachegopher/lru"
)

// keptFolder returns a folder on a tmpfs, or skips the test where memory cannot be kept.
func keptFolder(t *testing.T) string {
	t.Helper()
	if !lru.CanShare {
		t.Skip("SKIPPED: this build cannot keep memory")
	}
	folder, err := os.MkdirTemp("/dev/shm", "cachegopher-test")
	if err != nil {
		t.Skip("SKIPPED: no tmpfs at /dev/shm: ", err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) }) //nolint:errcheck // the test is over
	return folder
}

// keptConfig is a config of one node that keeps its memory; more are further keys of it.
func keptConfig(folder, more string) string {
	return fmt.Sprintf(`{"servers": [{"id": "n0", "address": "%%A", "role": "primary", "keep_memory": %q%s}]}`, folder, more)
}

// stopped ends the node with SIGTERM.
func (d *daemon) stopped() {
	d.t.Helper()
	d.signal(syscall.SIGTERM)
	if status := d.ended(patience); status != exitDone {
		d.t.Fatalf("exit status %d", status)
	}
}

// persistence returns that section of INFO.
func (d *daemon) persistence() map[string]string {
	d.t.Helper()
	return info.Parse(replies(d.t, d.address, "INFO", "persistence"))
}

// configure gives the node another config, for its next start.
func (d *daemon) configure(text string) {
	d.t.Helper()
	write(d.t, d.folder, "cacheGopherConfig.json", strings.ReplaceAll(text, "%A", d.address))
}

// TestKeptOverRestart ends a node with SIGTERM or SIGKILL and starts it: everything is there, with its expiry, in the order
// of its use.
func TestKeptOverRestart(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	config := keptConfig(keptFolder(t), `, "max_size": 3000`)
	d := startConfig(t, config)
	d.serving()
	c := peerOf(t, d.address)
	model, expiry := map[string]string{}, map[string]string{}
	for i := range 2000 {
		key := fmt.Sprint("key:", i)
		model[key] = strings.Repeat(string(rune('a'+r.IntN(26))), r.IntN(2000))
		c.must(t, "SET", key, model[key])
		if r.IntN(3) == 0 {
			expiry[key] = strconv.FormatInt(time.Now().Add(time.Hour+time.Duration(r.Int64N(1e12))).UnixMilli(), 10)
			c.must(t, "PEXPIREAT", key, expiry[key])
		}
	}
	for i, way := range []string{"clean", "killed", "clean"} {
		c.must(t, "SET", "brief", "x", "PX", "100")
		if way == "clean" {
			d.stopped()
		} else {
			d.Kill()
		}
		time.Sleep(100 * time.Millisecond)
		d = d.again()
		c = peerOf(t, d.address)
		is := d.persistence()
		if is["kept_start"] != way || is["kept_shards_lost"] != "0" || is["kept_entries"] == "0" {
			t.Errorf("start %d: %v", i, is)
		}
		if got, _ := c.do("GET", "brief"); got != nil {
			t.Errorf("an entry outlives its expiry: %v", got)
		}
		for key, value := range model {
			at, ok := expiry[key]
			if !ok {
				at = "-1"
			}
			if got := c.must(t, "GET", key); got != value {
				t.Fatalf("start %d: %s is %.40q, want %.40q", i, key, got, value)
			}
			if got := fmt.Sprint(c.must(t, "PEXPIRETIME", key)); got != at {
				t.Fatalf("start %d: %s expires at %s, want %s", i, key, got, at)
			}
		}
	}
	// max_size makes one shard, which evicts in exactly the order of use.
	for i := range 1000 {
		c.must(t, "GET", fmt.Sprint("key:", i))
	}
	d.stopped()
	d = d.again()
	c = peerOf(t, d.address)
	for i := range 2000 {
		c.must(t, "SET", fmt.Sprint("new:", i), "")
	}
	for i := range 2000 {
		if got, _ := c.do("EXISTS", fmt.Sprint("key:", i)); fmt.Sprint(got) != map[bool]string{true: "1", false: "0"}[i < 1000] {
			t.Fatalf("after evictions EXISTS key:%d is %v", i, got)
		}
	}
}

// TestKeptWithOtherConfigs changes the config between two processes.
func TestKeptWithOtherConfigs(t *testing.T) {
	t.Parallel()
	folder := keptFolder(t)
	d := startConfig(t, keptConfig(folder, `, "max_memory": "40MB"`))
	d.serving()
	c := peerOf(t, d.address)
	const n = 1000
	fill := func() {
		for i := range n {
			c.must(t, "SET", fmt.Sprint("key:", i), strings.Repeat("v", 1000))
		}
	}
	fill()
	for _, to := range []struct {
		what, more string
		kill       bool
		all        bool // all entries are back; otherwise none is
	}{
		{"a larger budget", `, "max_memory": "3GB"`, false, true},
		{"a smaller one, after a kill", `, "max_memory": "40MB"`, true, true},
		{"a limit of entries", `, "max_memory": "40MB", "max_size": 500000`, false, true},
		{"another policy", `, "max_memory": "40MB", "eviction_policy": "S3-FIFO"`, false, true},
		{"the same one", `, "max_memory": "40MB", "eviction_policy": "S3-FIFO"`, true, true},
		{"another group", `, "max_memory": "40MB", "eviction_policy": "CLOCK", "group": "other"`, false, false},
	} {
		if to.kill {
			d.Kill()
		} else {
			d.stopped()
		}
		d.configure(keptConfig(folder, to.more))
		d = d.again()
		c = peerOf(t, d.address)
		found := 0
		for i := range n {
			if got, _ := c.do("GET", fmt.Sprint("key:", i)); got != nil {
				found++
			}
		}
		if want := map[bool]int{true: n}[to.all]; found != want {
			t.Errorf("%s: %d entries are back, want %d", to.what, found, want)
		}
		if !to.all {
			fill()
		}
		if files, _ := filepath.Glob(folder + "/n0.memory-*"); len(files) > 2 {
			t.Errorf("%s: %v", to.what, files)
		}
	}
}

// TestKeptDamaged: a file that was changed while no process used it costs its entries, never the node.
func TestKeptDamaged(t *testing.T) {
	t.Parallel()
	folder := keptFolder(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	d := startConfig(t, keptConfig(folder, `, "max_memory": "40MB"`))
	d.serving()
	for i, damage := range []func(f *os.File, size int64) error{
		func(f *os.File, size int64) error { return f.Truncate(0) },
		func(f *os.File, size int64) error { return f.Truncate(size / 2) },
		func(f *os.File, size int64) error { return f.Truncate(4096) },
		func(f *os.File, size int64) error { _, err := f.WriteAt(make([]byte, 4096), 0); return err },
		func(f *os.File, size int64) error {
			_, err := f.WriteAt([]byte{byte(r.Uint32())}, r.Int64N(4096))
			return err
		},
		func(f *os.File, size int64) error { _, err := f.WriteAt([]byte{0xff}, r.Int64N(1<<20)); return err },
	} {
		c := peerOf(t, d.address)
		for k := range 500 {
			c.must(t, "SET", fmt.Sprint("key:", k), strings.Repeat(strconv.Itoa(k), 20))
		}
		d.stopped()
		files, err := filepath.Glob(folder + "/n0.memory-*")
		if err != nil || len(files) != 1 {
			t.Fatalf("%v, %v", files, err)
		}
		f, err := os.OpenFile(files[0], os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		info, _ := f.Stat()
		if err := damage(f, info.Size()); err != nil {
			t.Fatal(err)
		}
		f.Close() //nolint:errcheck // written
		d = d.again()
		c = peerOf(t, d.address)
		for k := range 500 {
			if got, _ := c.do("GET", fmt.Sprint("key:", k)); got != nil && got != strings.Repeat(strconv.Itoa(k), 20) {
				t.Errorf("damage %d: key:%d is %.40q", i, k, got)
			}
		}
	}
}

// TestKeptFolderInUse: two processes never share a folder's files, and the second one says why it does not start.
func TestKeptFolderInUse(t *testing.T) {
	t.Parallel()
	folder := keptFolder(t)
	d := startConfig(t, keptConfig(folder, ""))
	d.serving()
	d.dial().want("SET a 1", "OK")
	second := startConfig(t, keptConfig(folder, ""))
	if status := second.ended(patience); status != exitFailed || !strings.Contains(second.stdout.String(), "another process of this node uses it") {
		t.Errorf("the second process: status %d", status)
	}
	d.dial().want("GET a", "1")
	d.stopped()
	d = d.again()
	d.dial().want("GET a", "1")
	// A node that does not start, here because its address is in use, leaves the memory as it was.
	d.stopped()
	other := start(t)
	d.configure(strings.ReplaceAll(keptConfig(folder, ""), "%A", other.address))
	failed := launch(t, d.folder, binary)
	if status := failed.ended(patience); status == exitDone {
		t.Error("two nodes listen at one address")
	}
	d.configure(keptConfig(folder, ""))
	d = d.again()
	d.dial().want("GET a", "1")
	if is := d.persistence(); is["kept_start"] != "clean" {
		t.Errorf("%v", is)
	}
}

// TestKeptFolderRemoved removes the folder of a node that runs: it goes on, says so once, and its next process starts anew.
func TestKeptFolderRemoved(t *testing.T) {
	t.Parallel()
	folder := keptFolder(t)
	d := startConfig(t, keptConfig(folder, ""))
	d.serving()
	d.dial().want("SET a 1", "OK")
	if is := d.persistence(); is["kept_missing"] != "0" {
		t.Errorf("%v", is)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	d.eventually("the loss is noticed", func() bool { return d.persistence()["kept_missing"] == "1" })
	d.dial().want("GET a", "1")
	d.dial().want("SET b 1", "OK")
	d.stopped()
	if n := strings.Count(d.stdout.String(), "somebody has removed the file"); n != 1 {
		t.Errorf("it says %d times that its file is gone", n)
	}
	d = d.again()
	d.dial().want("GET a", "ERROR: Key not found")
	if is := d.persistence(); is["kept_start"] != "empty" || is["kept_missing"] != "0" {
		t.Errorf("%v", is)
	}
}

// TestKeptOff: without keep_memory, and at a service manager that there is not, memory ends with the process.
func TestKeptOff(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"off", "systemd"} {
		d := startConfig(t, keptConfig(value, ""))
		d.serving()
		d.dial().want("SET a 1", "OK")
		if warned := strings.Contains(d.stdout.String(), "no service manager has started this node"); warned != (value == "systemd" && lru.CanShare) {
			t.Errorf("%s: warned: %v", value, warned)
		}
		d.stopped()
		d = d.again()
		d.dial().want("GET a", "ERROR: Key not found")
	}
}

// TestKeptFaults: a start refuses a folder that cannot be used, as --check-config does.
func TestKeptFaults(t *testing.T) {
	t.Parallel()
	folder := keptFolder(t)
	for _, c := range []struct{ folder, more, says string }{
		{filepath.Join(folder, "none", "none"), "", "no such file or directory"},
		{t.TempDir(), "", "is not on a tmpfs"},
		{folder, `, "max_memory": "900TB"`, "max_memory is 900TB, its file system has "},
		{"relative", "", "give off, systemd or the absolute path of a folder"},
	} {
		if c.says == "is not on a tmpfs" && strings.HasPrefix(c.folder, "/dev/shm") {
			continue
		}
		d := startConfig(t, keptConfig(c.folder, c.more))
		if status := d.ended(patience); status != exitUsage || !strings.Contains(d.stderr.String(), c.says) {
			t.Errorf("%s: a start: status %d, %s", c.folder, status, d.stderr)
		}
		check := launch(t, d.folder, binary, "--check-config")
		if status := check.ended(patience); status != exitUsage || !strings.Contains(check.stderr.String(), c.says) {
			t.Errorf("%s: --check-config: status %d, %s", c.folder, status, check.stderr)
		}
	}
}
