package main

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
)

// reloading is a node whose config changes.
type reloading struct {
	*daemon
	objects map[string]map[string]string // of the config
}

func (r *reloading) text() string {
	object := func(name string) string {
		var all []string
		for key, value := range r.objects[name] {
			all = append(all, fmt.Sprintf("%q: %s", key, value))
		}
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf(`{"security": {%s}, "logging": {%s}, "clientConf": {%s}, "servers": [{"id": "a", "address": "%s", "role": "primary", %s},
		{"id": "b", "address": "127.0.0.1:1", "role": "secondary", "primary": "a"}, {"id": "c", "address": "127.0.0.1:2", "role": "secondary", "primary": "a"}]}`,
		object("security"), object("logging"), object("clientConf"), r.address, object("server"))
}

// change sets a key and makes the node reload its config.
func (r *reloading) change(key, value string) {
	r.t.Helper()
	object, name, _ := strings.Cut(key, ".")
	r.objects[object][name] = value
	r.reload(r.text(), "reloaded: ")
}

// reload writes the config, sends SIGHUP and waits for another such log line.
func (r *reloading) reload(text, line string) {
	r.t.Helper()
	write(r.t, r.folder, "cacheGopherConfig.json", text)
	before := strings.Count(r.stdout.String(), line)
	r.signal(syscall.SIGHUP)
	r.eventually(line, func() bool { return strings.Count(r.stdout.String(), line) > before })
}

// startReloading starts a node with users and two secondaries that do not exist.
func startReloading(t *testing.T) *reloading {
	t.Helper()
	folder := t.TempDir()
	r := &reloading{objects: map[string]map[string]string{
		"security": {
			"users":     fmt.Sprintf(`[{"name": "op", "password": %q, "rights": ["read", "write", "admin"]}]`, hashOf(t, "hunter2")),
			"node_user": `"node"`, "node_password_file": fmt.Sprintf("%q", write(t, folder, "first", "1")),
		},
		"logging": {}, "clientConf": {}, "server": {"max_memory": `"32MB"`, "secondaries": `["b", "c"]`},
	}}
	address := freeAddress(t)
	r.daemon = &daemon{t: t, address: address}
	text := r.text()
	write(t, folder, "cacheGopherConfig.json", text)
	r.daemon = launch(t, folder, binary, "--server-id", "a")
	r.daemon.address = address
	r.serving()
	return r
}

// TestReloadOfEveryKey changes each key that a running node can apply, one after the other, and checks the effect.
func TestReloadOfEveryKey(t *testing.T) {
	t.Parallel()
	r := startReloading(t)
	w, err := dialPeer(r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // the test is over
	do := func(request string) string {
		got, err := w.do(strings.Fields(request)...)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(got)
	}
	if got := do("AUTH op hunter2"); got != "OK" {
		t.Fatal(got)
	}
	setting := func(name, want string) func() bool {
		return func() bool { return do("CONFIG GET "+name) == fmt.Sprintf("[%s %s]", name, want) }
	}
	answers := func(request, part string) func() bool {
		return func() bool { return strings.Contains(do(request), part) }
	}
	logs := func(part string) func() bool { return func() bool { return strings.Contains(r.stdout.String(), part) } }
	changes := []struct {
		key, value string
		holds      func() bool
	}{
		{"server.max_memory", `"16MB"`, setting("maxmemory", "16000000")},
		{"server.max_size", "1000", answers("INFO memory", "maxentries:1000\r")}, {"server.eviction_policy", `"S3-FIFO"`, answers("INFO memory", "eviction_policy:S3-FIFO\r")},
		{"server.prefixes", `["a:", {"prefix": "b:", "min": "1MB"}]`, answers("MEMORY CURVE", `"prefix":"b:","min":1000000,`)}, {"server.max_connections", "50", setting("maxclients", "50")},
		{"server.idle_timeout", "600", setting("timeout", "600")},
		{"server.tcp_keepalive", "30", setting("tcp-keepalive", "30")},
		{"server.client_buffers", `"2MB"`, setting("maxmemory-clients", "2000000")},
		{"security.disabled_commands", `["KEYS"]`, answers("KEYS *", "switched off")},
		{"security.disabled_commands", `[]`, answers("KEYS *", "[]")},
		{"security.node_user", `"other"`, logs("security.node_user")},
		{"security.node_password_file", fmt.Sprintf("%q", write(t, r.folder, "second", "2")), logs("security.node_password_file")},
		{"logging.level", `"debug"`, setting("loglevel", "debug")},
		{"logging.level", `"info"`, setting("loglevel", "notice")},
		{"security.users", fmt.Sprintf(`[{"name": "op", "password": %s, "rights": ["read", "write", "admin"]}, {"name": "new", "rights": ["read"]}]`,
			strings.Split(strings.Split(r.objects["security"]["users"], `"password": `)[1], ", ")[0]), logs(`users replaced {"users": 2, "connections_closed": 0}`)},
		{"server.secondaries", `["c", "b"]`, answers("INFO replication", "configured_slaves:2\r")},
		{"server.min_secondaries", "1", answers("SET k v", "NOREPLICAS")}, {"server.min_secondaries", "0", answers("SET k v", "OK")},
		{"server.move_rate", `"1MB"`, logs("server.move_rate")},
		{"server.redis_cluster", `"on"`, answers("CLUSTER INFO", "cluster_size:1\r")}, {"server.redis_cluster", `"auto"`, answers("CLUSTER INFO", "cluster support disabled")},
		{"server.group", `"other"`, answers("TOPOLOGY", `"other"`)},
		{"security.connections_per_address", "1", func() bool { return refused(t, r.address) }},
		{"security.connections_per_address", "0", func() bool { return !refused(t, r.address) }},
		{"security.new_connections_per_second", "1", func() bool {
			refused(t, r.address)
			return refused(t, r.address)
		}},
	}
	tried := map[string]bool{}
	for _, c := range changes {
		tried[c.key] = true
		r.change(c.key, c.value)
		r.eventually(c.key+" "+c.value, c.holds)
	}
	// A role changes together with that of another server.
	delete(r.objects["server"], "secondaries")
	delete(r.objects["server"], "group")
	r.reload(strings.NewReplacer(`"role": "primary", `, `"role": "secondary", "primary": "b", `, `"role": "secondary", "primary": "a"}, {"id": "c"`,
		`"role": "primary", "secondaries": ["a", "c"]}, {"id": "c"`, `"primary": "a"`, `"primary": "b"`).Replace(r.text()), "reloaded: ")
	r.eventually("a secondary of b", answers("INFO replication", "role:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:1\r"))
	tried["server.role"], tried["server.primary"] = true, true
	wantAll(t, tried)
}

// wantAll checks that every key that a running node can apply was tried.
func wantAll(t *testing.T, tried map[string]bool) {
	t.Helper()
	for _, k := range config.Keys() {
		if k.Uptake == config.OnReload && !tried[k.Name] {
			t.Errorf("the test does not try %s", k.Name)
		}
	}
}

// refused reports whether a new client gets the error for too many connections from its address.
func refused(t *testing.T, address string) bool {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // only tried
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("GET nothing\n")); err != nil {
		return false
	}
	var all []byte
	for b := make([]byte, 200); ; {
		n, err := c.Read(b)
		all = append(all, b[:n]...)
		switch {
		case strings.Contains(string(all), "from your address"):
			return true
		case err != nil, strings.Contains(string(all), "NOAUTH"):
			return false
		}
	}
}

// TestReloadNamesRestarts: the log names each changed key that needs a restart, and none that clients read. A value from
// CONFIG SET stays while the config's value does not change.
func TestReloadNamesRestarts(t *testing.T) {
	t.Parallel()
	r := startReloading(t)
	c := r.dial()
	c.speak("AUTH", "op", "hunter2")
	c.set("maxclients", "77")
	for key, value := range map[string]string{"event_loops": "1", "replication_delay": `"7ms"`, "allow_debug": "true", "admin_names": `["x"]`, "weight": "7"} {
		r.objects["server"][key] = value
	}
	r.objects["security"]["protected"] = "false"
	r.objects["logging"]["file"] = `"other.log"`
	r.objects["clientConf"]["connectionTimeout"] = "7"
	want := []string{"server.event_loops", "server.replication_delay", "server.allow_debug", "server.admin_names", "security.protected", "logging.file"}
	for round := 1; round <= 2; round++ { // the second time too: the running node still differs
		r.reload(r.text(), "reloaded: ")
		said := "a changed key needs a restart"
		r.eventually("warnings", func() bool { return strings.Count(r.stdout.String(), said) >= round*len(want) })
		for _, key := range want {
			if n := strings.Count(r.stdout.String(), fmt.Sprintf("%s {\"key\": %q}", said, key)); n != round {
				t.Errorf("%s is named %d times, want %d", key, n, round)
			}
		}
		if n := strings.Count(r.stdout.String(), said); n != round*len(want) {
			t.Errorf("%d warnings, want %d", n, round*len(want))
		}
	}
	if got := r.maxClients(); got != "77" {
		t.Errorf("CONFIG SET maxclients 77, and after a reload it is %s", got)
	}
}

// maxClients returns CONFIG GET's value of maxclients.
func (r *reloading) maxClients() string {
	r.t.Helper()
	w, err := dialPeer(r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // done with it
	if _, err := w.do("AUTH", "op", "hunter2"); err != nil {
		r.t.Fatal(err)
	}
	got, err := w.do("CONFIG", "GET", "maxclients")
	if pair, ok := got.([]any); ok && err == nil && len(pair) == 2 {
		return fmt.Sprint(pair[1])
	}
	return fmt.Sprint(got, err)
}

// TestReloadAllOrNothing: if one part of a config is wrong, none of it is applied.
func TestReloadAllOrNothing(t *testing.T) {
	t.Parallel()
	r := startReloading(t)
	r.objects["server"]["max_connections"] = "50"
	for name, text := range map[string]string{
		"a broken file":          r.text()[:100],
		"an unknown key":         strings.Replace(r.text(), `"max_memory"`, `"max_memori"`, 1),
		"an unknown command":     strings.Replace(r.text(), `"security": {`, `"security": {"disabled_commands": ["NONSENSE"], `, 1),
		"a missing server":       strings.ReplaceAll(strings.ReplaceAll(r.text(), `"id": "a"`, `"id": "z"`), `"primary": "a"`, `"primary": "z"`),
		"an unreadable secret":   strings.Replace(r.text(), `/first"`, `/missing"`, 1),
		"too small a max_memory": strings.Replace(r.text(), `"32MB"`, `"32"`, 1),
	} {
		r.reload(text, "not reloaded; nothing has changed")
		if got := r.maxClients(); got != "10000" {
			t.Errorf("%s: maxclients is %s", name, got)
		}
	}
}

// TestReloadAddsAndRemovesUsers gives a node that was started without users some users, which needs a restart, then others,
// and then none again, which is no change.
func TestReloadAddsAndRemovesUsers(t *testing.T) {
	t.Parallel()
	r := &reloading{daemon: startConfig(t, `{"servers": [{"id": "a", "address": "%A", "role": "primary", "max_memory": "32MB"}]}`)}
	r.serving()
	for i, password := range []string{"first", "second", ""} {
		users := "[]"
		if password != "" {
			users = fmt.Sprintf(`[{"name": "op", "password": %q, "rights": ["read"]}]`, hashOf(t, password))
		}
		r.reload(fmt.Sprintf(`{"security": {"users": %s}, "servers": [{"id": "a", "address": %q, "role": "primary", "max_memory": "32MB"}]}`,
			users, r.address), "reloaded: ")
		if reply := r.dial().speak("SET", "key", "value"); reply != "+OK" {
			t.Fatalf("reload %d: SET is answered %q", i, reply)
		}
	}
	if n := strings.Count(r.stdout.String(), "a changed key needs a restart"); n != 2 {
		t.Errorf("%d warnings, want 2: of the users that were added, and of the others", n)
	}
}
