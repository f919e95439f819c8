package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// otherValues has values other than those of changesConfig for keys whose first candidate is invalid. "": no other value.
var otherValues = map[string]string{
	"server.id": "", "server.role": "", "server.primary": "", "server.group": `"other"`, // of another server: see TestChangesOfTheServer
	"server.eviction_policy": `"CLOCK"`, "server.secondaries": `["c", "b"]`,
	"security.users": `[{"name": "u", "rights": ["read"]}]`, "security.disabled_commands": `["KEYS"]`,
	"coordination.etcd": `["https://b:1"]`, "coordination.without_etcd": `"writable"`, "coordination.failover_after": `"7s"`, "coordination.forget_after": `"7m"`,
	"security.tls_clients": `"optional"`, "security.tls_min_version": `"1.2"`, "logging.level": `"debug"`,
}

// otherValue returns a value of the key other than the default and that of changesConfig; "" if there is none.
func otherValue(t *testing.T, name string) string {
	t.Helper()
	if value, ok := otherValues[name]; ok {
		return value
	}
	object, name, _ := strings.Cut(name, ".")
	for _, candidate := range []string{"true", "false", "7", `"7ms"`, `"7KB"`, `"7MB"`, `"0600"`, `"127.0.0.1:7"`, `["other"]`, `"/other"`, `"off"`} {
		for _, o := range objects(new(File), new(Node)) {
			if k := o.find(name); o.name == object && k != nil {
				o.fill()
				before, _ := json.Marshal(k.shown())
				v, fault := parse([]byte(candidate))
				if fault != nil {
					t.Fatal(fault)
				}
				f := &faults{lines: map[string]int{}}
				k.kind.read(f, name, v, k.field)
				k.kind.check(f, name, k.field)
				after, _ := json.Marshal(k.shown())
				if len(f.found) == 0 && string(before) != string(after) {
					return candidate
				}
			}
		}
	}
	t.Errorf("no candidate is a value of %s.%s", object, name)
	return ""
}

// changesConfig is a config with a primary and two secondaries and one key changed.
func changesConfig(t *testing.T, key, value string) *File {
	t.Helper()
	objects := map[string]map[string]string{
		"clientConf": {}, "logging": {},
		"security":     {"node_user": `"n"`, "node_password_file": `"/p"`, "tls_cert": `"/c"`, "tls_key": `"/k"`, "tls_ca": `"/a"`},
		"coordination": {"etcd": `["https://a:1"]`, "user": `"u"`, "password_file": `"/p"`, "tls_cert": `"/c"`, "tls_key": `"/k"`},
		"server":       {"id": `"a"`, "address": `"127.0.0.1:1"`, "tls_address": `"127.0.0.1:4"`, "role": `"primary"`, "secondaries": `["b", "c"]`},
	}
	if object, name, ok := strings.Cut(key, "."); ok {
		objects[object][name] = value
	}
	text := func(object string) string {
		var all []string
		for name, value := range objects[object] {
			all = append(all, fmt.Sprintf("%q: %s", name, value))
		}
		return strings.Join(all, ",")
	}
	others := ""
	for i, id := range []string{"b", "c"} {
		others += fmt.Sprintf(`, {"id": %q, "address": "127.0.0.1:2%d", "tls_address": "127.0.0.1:3%d", "role": "secondary", "primary": "a"}`, id, i, i)
	}
	f, err := Parse("config", []byte(fmt.Sprintf(`{"clientConf": {%s}, "security": {%s}, "coordination": {%s}, "logging": {%s}, "servers": [{%s}%s]}`,
		text("clientConf"), text("security"), text("coordination"), text("logging"), text("server"), others)))
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return f
}

// TestChangesOfEveryKey changes one key after the other, and checks that exactly this change is found. No key is left out.
func TestChangesOfEveryKey(t *testing.T) {
	before := changesConfig(t, "", "")
	for _, k := range Keys() {
		value := otherValue(t, k.Name)
		if value == "" {
			continue
		}
		now := changesConfig(t, k.Name, value)
		if got := Changes(before, now, &before.Servers[0], &now.Servers[0]); !slices.Equal(got, []Key{k}) {
			t.Errorf("%s has changed and %v is found", k.Name, got)
		}
	}
	if got := Changes(before, changesConfig(t, "", ""), &before.Servers[0], &before.Servers[0]); len(got) > 0 {
		t.Errorf("nothing has changed and %v is found", got)
	}
}

// TestChangesOfTheServer compares two servers, which differ in what is theirs.
func TestChangesOfTheServer(t *testing.T) {
	f := changesConfig(t, "", "")
	got := Changes(f, f, &f.Servers[0], &f.Servers[1])
	for _, want := range []Key{{"server.id", AtStart}, {"server.role", OnReload}, {"server.primary", OnReload}} {
		if !slices.Contains(got, want) {
			t.Errorf("%v is not among %v", want, got)
		}
	}
}

// TestPlace: a changed setting is called as it stands in the file: in common, or in the server's own object.
func TestPlace(t *testing.T) {
	read := func(common, server string) (*File, *Node) {
		text := fmt.Sprintf(`{"common": {%s}, "servers": [{"id": "a", "address": "127.0.0.1:1", "role": "primary"%s}]}`, common, server)
		f, err := Parse("test", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return f, &f.Servers[0]
	}
	const lfu, own = `"eviction_policy": "LFU"`, `, "eviction_policy": "LFU"`
	for _, x := range []struct{ common, server, nextCommon, nextServer, want string }{
		{"", "", lfu, "", "common.eviction_policy"},
		{lfu, "", "", "", "common.eviction_policy"},
		{"", "", "", own, "server.eviction_policy"},
		{"", own, "", "", "server.eviction_policy"},
		{"", "", `"eviction_policy": "TTL"`, own, "server.eviction_policy"},
		{"", own, lfu, own, ""},
	} {
		before, was := read(x.common, x.server)
		now, is := read(x.nextCommon, x.nextServer)
		got := ""
		for _, k := range Changes(before, now, was, is) {
			got += Place(k.Name, before, now, is)
		}
		if got != x.want {
			t.Errorf("%+v: %q", x, got)
		}
	}
}
