package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestOldFiles loads configs of early releases, and the one that is shipped.
func TestOldFiles(t *testing.T) {
	for path, servers := range map[string]int{
		"testdata/given.json":                 2,
		"testdata/groups.json":                4,
		"../../deploy/cacheGopherConfig.json": 6,
	} {
		f, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Servers) != servers || len(f.Warnings) != 0 {
			t.Errorf("%s: %d servers, warnings %q", path, len(f.Servers), f.Warnings)
		}
	}
}

func TestLoad(t *testing.T) {
	f, err := Load("testdata/groups.json")
	if err != nil {
		t.Fatal(err)
	}
	if want := (ClientConf{300 * time.Second, 15 * time.Second, 30 * time.Second}); f.ClientConf != want {
		t.Errorf("clientConf is %+v, want %+v", f.ClientConf, want)
	}
	if want := (Logging{Level: "info"}); f.Logging != want {
		t.Errorf("logging is %+v, want %+v", f.Logging, want)
	}
	got, err := f.Node("server_A2")
	want := Node{
		ID: "server_A2", Group: "server_A1", Role: Secondary, Addresses: []string{"localhost:31338"}, Primary: "server_A1",
		Settings: Settings{
			Production: true, EvictionPolicy: "LRU", MaxSize: 10000, MaxConnections: 10000, TCPKeepAlive: time.Minute, ClientBuffers: 256e6,
			ReplicationLog: 64e6, ReplicationBatch: 256e3, ReplicationDelay: time.Millisecond,
			ReplicationHeartbeat: time.Second, RecoverTimeout: time.Minute, MoveRate: 5e6, RedisCluster: "auto", KeepMemory: "off",
		},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for id, group := range map[string]string{"server_A1": "server_A1", "server_A3": "server_A1", "server_B1": "server_B1"} {
		if n, err := f.Node(id); err != nil || n.Group != group {
			t.Errorf("%s is in group %q, %v, want %q", id, n.Group, err, group)
		}
	}
}

// TestOverride puts each key of "common" on a server.
func TestOverride(t *testing.T) {
	const override = `"production": false, "max_size": 0, "max_memory": "1.5GiB", "eviction_policy": "lru", "event_loops": 3,
		"max_connections": 7, "idle_timeout": "1m30s", "tcp_keepalive": 2.5, "client_buffers": 5000000, "admin_address": 9100, "unix_socket_mode": "0660", "admin_names": ["node-1.example"],
		"admin_profiling": true, "admin_show_keys": true, "replication_log": "1GB", "replication_batch": 5000,
		"replication_delay": "2ms", "replication_heartbeat": 3, "recover_timeout": 5, "allow_debug": true, "redis_cluster": "OFF", "move_rate": 0, "prefixes": ["b:", {"prefix": "a:", "min": "1MB", "max": 2000000}]`
	f, err := load(`{"servers": [
		{"id": "a", "role": "primary", "address": ["tcp://localhost:0007", "unix:///run//n.sock", ":8"], ` + override + `},
		{"id": "b", "role": "primary", "address": "[::1]:9"}],
		"common": {"production": true, "max_size": 5, "max_connections": 9, "idle_timeout": 4, "admin_address": "[::1]:3"}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []Node{{
		ID: "a", Group: "a", Role: Primary, Addresses: []string{"localhost:7", "unix:///run/n.sock", ":8"},
		Settings: Settings{
			EvictionPolicy: "LRU", MaxMemory: 3 << 29, EventLoops: 3, MaxConnections: 7, UnixSocketMode: 0o660, IdleTimeout: 90 * time.Second,
			TCPKeepAlive: 2500 * time.Millisecond, ClientBuffers: 5e6, AdminAddress: "127.0.0.1:9100",
			AdminNames: []string{"node-1.example"}, AdminProfiling: true, AdminShowKeys: true, ReplicationLog: 1e9, ReplicationBatch: 5000, MoveRate: Unlimited,
			ReplicationDelay: 2 * time.Millisecond, ReplicationHeartbeat: 3 * time.Second, RecoverTimeout: 5 * time.Second,
			AllowDebug: true, RedisCluster: "off", KeepMemory: "off", Prefixes: []Prefix{{Name: "b:"}, {"a:", 1e6, 2e6}},
		},
	}, {
		ID: "b", Group: "b", Role: Primary, Addresses: []string{"[::1]:9"},
		Settings: Settings{
			Production: true, EvictionPolicy: "LRU", MaxSize: 5, MaxConnections: 9, IdleTimeout: 4 * time.Second,
			TCPKeepAlive: time.Minute, ClientBuffers: 256e6, AdminAddress: "[::1]:3",
			ReplicationLog: 64e6, ReplicationBatch: 256e3, ReplicationDelay: time.Millisecond,
			ReplicationHeartbeat: time.Second, RecoverTimeout: time.Minute, MoveRate: 5e6, RedisCluster: "auto", KeepMemory: "off",
		},
	}}
	if !reflect.DeepEqual(f.Servers, want) {
		t.Errorf("got  %+v\nwant %+v", f.Servers, want)
	}
}

// TestEveryKeyOverrides gives "common" another value of each of its keys: a server has it too, unless it has one itself.
func TestEveryKeyOverrides(t *testing.T) {
	for i, k := range new(Settings).keys() {
		value := otherValue(t, "server."+k.name)
		if value == "" {
			continue
		}
		own, err := json.Marshal(new(Settings).keys().filled()[i].shown())
		if err != nil {
			t.Fatal(err)
		}
		f, err := Parse("c", fmt.Appendf(nil, `{"common": {%q: %s}, "servers": [
			{"id": "a", "role": "primary", "address": "h:1"}, {"id": "b", "role": "primary", "address": "h:2", %[1]q: %[3]s}]}`, k.name, value, own))
		if err != nil {
			t.Fatal(err)
		}
		want := new(Settings).keys().filled()[i].shown()
		if string(own) == "null" {
			want = f.Common.keys()[i].shown() // null counts as not given
		}
		common, a, b := f.Common.keys()[i].shown(), f.Servers[0].Settings.keys()[i].shown(), f.Servers[1].Settings.keys()[i].shown()
		if !reflect.DeepEqual(a, common) || !reflect.DeepEqual(b, want) {
			t.Errorf("%s: %v in common, %v inherited, %v where a server has %s", k.name, common, a, b, own)
		}
	}
}

func (t table) filled() table { t.fill(); return t }

func (k key) shown() any { return k.kind.show(k.field) }

func TestNode(t *testing.T) {
	f, err := load(pair("p1", "p1"))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"":   "c.json: it has several servers and none is chosen; known: p1, s1, p2",
		"zz": `c.json: no server has id "zz"; known: p1, s1, p2`,
	} {
		if _, err := f.Node(id); err == nil || err.Error() != want {
			t.Errorf("id %q: got %v, want %s", id, err, want)
		}
	}
	if f, err = load(common("")); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Node(""); err != nil || n.ID != "a" {
		t.Errorf("the only server: got %q, %v", n.ID, err)
	}
}

// TestBuilt checks a File that a program builds, where there are no lines to name.
func TestBuilt(t *testing.T) {
	f := &File{Servers: []Node{{ID: "a", Role: Primary, Addresses: []string{"h:1"}, Settings: Settings{MaxConnections: -1}}}}
	f.EnsureDefaults()
	const want = "servers[0].max_connections: -1 is out of range; give a whole number from 1 to 10000000"
	if err := f.Validate(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	f.Servers[0].MaxConnections = 0
	f.EnsureDefaults()
	if err := f.Validate(); err != nil || f.Servers[0].MaxConnections != 10000 {
		t.Errorf("got %v, %d connections", err, f.Servers[0].MaxConnections)
	}
	f.Servers[0].Role = "boss"
	if err := f.Validate(); err == nil || err.Error() != `servers[0].role: "boss" is out of range; give primary or secondary` {
		t.Errorf("got %v", err)
	}
}

func TestStandalone(t *testing.T) {
	n := Standalone()
	if err := n.Validate(); err != nil || n.Role != Primary || n.Group != n.ID || n.Addresses[0] != DefaultAddress {
		t.Errorf("got %+v, %v", n, err)
	}
	n.Addresses, n.MaxMemory = []string{"tcp://127.0.0.1:0", "localhost"}, 5
	const want = `max_memory: 5 is out of range; give a size from 1MB to 1024TiB, in bytes or as in "256MB" (and 1 more, which --check-config lists)`
	if err := n.Validate(); err == nil || err.Error() != want || n.Addresses[0] != "127.0.0.1:0" {
		t.Errorf("got %v and %q, want %s", err, n.Addresses, want)
	}
}

// TestSilentNameServer lets a look-up fail although no name server has said that the host does not exist.
func TestSilentNameServer(t *testing.T) {
	if _, err := load(one("")); err == nil {
		t.Error("a host that does not exist passes")
	}
	f, err := load(strings.Replace(one(""), "h:1", "slow.example:1", 1))
	if err != nil {
		t.Fatal(err)
	}
	const want = `servers[0].address: cannot look up host "slow.example" now: lookup slow.example: server misbehaving`
	if len(f.Warnings) != 1 || f.Warnings[0] != want {
		t.Errorf("warnings are %q, want %s", f.Warnings, want)
	}
}

// TestAbsentHost: with etcd a node starts although another member, and with it its name, is away.
func TestAbsentHost(t *testing.T) {
	text := strings.Replace(pair(`localhost:3`, `nowhere.example:3`), "{", `{"coordination": {"etcd": ["http://127.0.0.1:2379"]}, `, 1)
	f, err := load(text)
	if err != nil || len(f.Warnings) != 1 || !strings.Contains(f.Warnings[0], `cannot look up host "nowhere.example" now`) {
		t.Errorf("%v, warnings %q", err, f.Warnings)
	}
}

func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	if path, ok := Find(); ok {
		t.Errorf("found %s where there is none", path)
	}
	if err := os.WriteFile(FileName, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if path, ok := Find(); !ok || path != FileName {
		t.Errorf("got %q, %v", path, ok)
	}
	if got := Folders(); len(got) != 3 || got[2] != "/etc/cachegopher" || !filepath.IsAbs(got[1]) {
		t.Errorf("looks in %q", got)
	}
}

// TestWriteEffective prints a config in full and reads it back.
func TestWriteEffective(t *testing.T) {
	f, err := load(pair(`"localhost:3"`, `["localhost:3", "unix:///run/p2.sock"], "max_memory": "1GiB", "idle_timeout": 0.25`))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.WriteEffective(&b); err != nil {
		t.Fatal(err)
	}
	back, err := Parse("c.json", b.Bytes())
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.Bytes())
	}
	if f.lines, back.lines = nil, nil; !reflect.DeepEqual(f, back) {
		t.Errorf("wrote %+v\nread %+v", f, back)
	}
	b.Reset()
	if err := f.Servers[2].WriteEffective(&b); err != nil || !json.Valid(b.Bytes()) {
		t.Fatalf("%v in %s", err, b.Bytes())
	}
	for _, want := range []string{`"id": "p2"`, `"unix:///run/p2.sock"`, `"max_memory": "1GiB"`, `"idle_timeout": "250ms"`, `"client_buffers": "256MB"`, `"tcp_keepalive": 60`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in\n%s", want, b.Bytes())
		}
	}
}

// TestDistance counts edits; a swap of neighbours, the most common typing error, is one.
func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"", "abc", 3}, {"role", "rloe", 1}, {"adress", "address", 1}, {"kitten", "sitting", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// TestOtherMachines gives one admin address to servers that may be on different machines.
func TestOtherMachines(t *testing.T) {
	if _, err := load(strings.NewReplacer("localhost:2", "one.example:1", "localhost:3", ":3", `{"servers`, `{"common": {"admin_address": 9}, "servers`).Replace(pair("p1", "p1"))); err != nil {
		t.Error(err)
	}
	if _, err := load(strings.NewReplacer("localhost:1", ":1", "localhost:2", ":2", "localhost:3", "0.0.0.0:3", `{"servers`, `{"common": {"admin_address": 9}, "servers`).Replace(pair("p1", "p1"))); err != nil {
		t.Error(err)
	}
}
