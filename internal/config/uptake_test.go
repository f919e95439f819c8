package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// otherValues has, for each key, a value other than the one that it has in changesConfig. "" where there is none.
var otherValues = map[string]string{
	"clientConf.connectionTimeout": "7", "clientConf.keepAliveInterval": "7", "clientConf.unHealthyInterval": "7",
	"server.id": "", "server.role": "", "server.primary": "", // of another server: see TestChangesOfTheServer
	"server.eviction_policy": "", // there is only one
	"server.address":         `"127.0.0.1:7"`, "server.tls_address": `"127.0.0.1:8"`, "server.secondaries": `["c", "b"]`,
	"server.weight": "7", "server.zone": `"x"`, "server.production": "true", "server.max_size": "7",
	"server.max_memory": `"7MB"`, "server.event_loops": "7", "server.max_connections": "7", "server.unix_socket_mode": `"0600"`,
	"server.idle_timeout": "7", "server.tcp_keepalive": "7", "server.client_buffers": `"7MB"`, "server.replication_log": `"7MB"`,
	"server.replication_batch": `"7KB"`, "server.replication_delay": `"7ms"`, "server.replication_heartbeat": "7",
	"server.recover_timeout": "7", "server.allow_debug": "true", "server.admin_address": `"127.0.0.1:9"`,
	"server.admin_names": `["x"]`, "server.admin_profiling": "true", "server.admin_show_keys": "true",
	"security.users":             `[{"name": "u", "rights": ["read"]}]`,
	"security.protected":         "false",
	"security.disabled_commands": `["KEYS"]`, "security.connections_per_address": "7", "security.new_connections_per_second": "7",
	"security.node_user": `"other"`, "security.node_password_file": `"/other"`, "security.tls_cert": `"/other"`, "security.tls_key": `"/other"`,
	"security.tls_ca": `"/other"`, "security.tls_clients": `"optional"`, "security.tls_min_version": `"1.2"`, "security.tls_replication": "true",
	"logging.level": `"debug"`, "logging.file": `"/other"`,
}

// changesConfig is a config with a primary and two secondaries and one key changed.
func changesConfig(t *testing.T, key, value string) *File {
	t.Helper()
	objects := map[string]map[string]string{
		"clientConf": {}, "logging": {},
		"security": {"node_user": `"n"`, "node_password_file": `"/p"`, "tls_cert": `"/c"`, "tls_key": `"/k"`, "tls_ca": `"/a"`},
		"server":   {"id": `"a"`, "address": `"127.0.0.1:1"`, "tls_address": `"127.0.0.1:4"`, "role": `"primary"`, "secondaries": `["b", "c"]`},
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
	f, err := Parse("config", []byte(fmt.Sprintf(`{"clientConf": {%s}, "security": {%s}, "logging": {%s}, "servers": [{%s}%s]}`,
		text("clientConf"), text("security"), text("logging"), text("server"), others)))
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return f
}

// TestChangesOfEveryKey changes one key after the other: it alone is found, and there is none that the test leaves out.
func TestChangesOfEveryKey(t *testing.T) {
	before := changesConfig(t, "", "")
	for _, k := range Keys() {
		value, ok := otherValues[k.Name]
		if !ok {
			t.Errorf("the test has no other value of %s", k.Name)
		}
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
