package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// binary is the daemon that the tests start, built by TestMain as the tests themselves are built:
// with the race detector and the tags that they have.
var binary string

// raced reports whether it has the race detector.
var raced bool

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	folder, err := os.MkdirTemp("", "cachegopher")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a left-over in /tmp
	binary = filepath.Join(folder, "cachegopher")
	args := []string{"build", "-o", binary, "-ldflags", "-X main.version=v0.0.0-test -X main.commit=abc123"}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-race" || s.Key == "-tags" {
				args = append(args, s.Key+"="+s.Value)
				raced = raced || s.Key == "-race" && s.Value == "true"
			}
		}
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		panic(string(out))
	}
	// Tests mostly wait for nodes, so more of them run at a time. A -parallel on the command line has precedence.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	return m.Run()
}

// command runs the daemon in a folder and waits until it has ended.
func command(t *testing.T, folder string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command(binary, args...)
	c.Dir, c.Stdout, c.Stderr = folder, &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// write puts a file into folder and returns its path.
func write(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const twoServers = `{"servers": [
{"id": "server_A1", "address": "localhost:31337", "role": "primary", "secondaries": ["server_A2"]},
{"id": "server_A2", "address": "localhost:31338", "role": "secondary", "primary": "server_A1"}]}`

// TestWrongUse starts the daemon with each wrong use of its flags and config: exit status 2, one line on standard
// error, nothing on standard output.
func TestWrongUse(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "good.json", twoServers)
	write(t, folder, "wrong.json", strings.Replace(twoServers, `"primary": "server_A1"`, `"primary": "zz"`, 1))
	write(t, folder, "worse.json", "{\"common\": {\n\"max_sise\": 1,\n\"production\": 1}, "+twoServers[1:])
	nowhere := "there is no config: no cacheGopherConfig.json in ., " + filepath.Dir(binary) + ", /etc/cachegopher; name one with --config\n"
	for _, c := range []struct{ args, want string }{
		{"--config wrong.json --server-id server_A1", "wrong.json:3: servers[1].primary: no server has id \"zz\"; known: server_A1\n"},
		{"--config wrong.json --check-config", "wrong.json:3: servers[1].primary: no server has id \"zz\"; known: server_A1\n"},
		{"--config worse.json", "worse.json:2: common.max_sise: unknown key; the nearest known one is \"max_size\" (and 1 more, which --check-config lists)\n"},
		{"--config worse.json --check-config", "worse.json:2: common.max_sise: unknown key; the nearest known one is \"max_size\"\n" +
			"worse.json:3: common.production: got the number 1; give true or false, without quotes\n"},
		{"--config none.json", "none.json: cannot read the config: no such file or directory; give the path of a config with --config\n"},
		{"--config=", "cachegopher: cannot read the config: no such file or directory; give the path of a config with --config\n"},
		{"--config good.json", "good.json: it has several servers and none is chosen; choose one with --server-id; known: server_A1, server_A2\n"},
		{"--config good.json --server-id zz", "good.json: no server has id \"zz\"; known: server_A1, server_A2\n"},
		{"--config good.json --check-config --server-id zz", "good.json: no server has id \"zz\"; known: server_A1, server_A2\n"},
		{"--server-id zz", "cachegopher: --server-id zz: " + nowhere},
		{"--check-config", "cachegopher: " + nowhere},
		{"--max-size -1", "cachegopher: --max-size: -1 is out of range; give a whole number from 0 to 1099511627776\n"},
		{"--max-size many", "cachegopher: invalid argument \"many\" for \"--max-size\" flag: must be an integer; see cachegopher --help\n"},
		{"--max-memory 1KB", "cachegopher: --max-memory: 1KB is out of range; give a size from 1MB to 1024TiB, in bytes or as in \"256MB\"\n"},
		{"--max-memory lots", "cachegopher: invalid argument \"lots\" for \"--max-memory\" flag: \"lots\" is not a size; write bytes or a number with KB, MB, GB, TB, KiB, MiB, GiB or TiB, as in \"256MB\"; see cachegopher --help\n"},
		{"--address localhost", "cachegopher: --address: \"localhost\" has no port; write \"host:port\", as in \"localhost:31337\"\n"},
		{"--check-config --address localhost:1", "cachegopher: --address without --config starts a node that has no config: there is nothing to check; name a config with --config\n"},
		{"--port 31337", "cachegopher: unknown flag: --port; see cachegopher --help\n"},
		{"start", "cachegopher: unexpected argument \"start\"; see cachegopher --help\n"},
	} {
		status, stdout, stderr := command(t, folder, strings.Fields(c.args)...)
		if status != exitUsage || stdout != "" || stderr != c.want {
			t.Errorf("%s\nstatus %d, standard output %q, standard error\n%s want\n%s", c.args, status, stdout, stderr, c.want)
		}
	}
}

// TestConfigBesideIt starts a node without --config in a folder that has a config of several servers.
func TestConfigBesideIt(t *testing.T) {
	folder := t.TempDir()
	path := write(t, folder, "cacheGopherConfig.json", twoServers)
	for _, args := range [][]string{nil, {"--max-memory", "10MB"}, {"--health"}} {
		status, stdout, stderr := command(t, folder, args...)
		const want = "cacheGopherConfig.json: it has several servers and none is chosen; it was found because there is no --config: " +
			"choose a server with --server-id, or start a node without a config with --address HOST:PORT; known: server_A1, server_A2\n"
		if status != exitUsage || stdout != "" || stderr != want {
			t.Errorf("%q: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
	d := launch(t, folder, binary, "--address", freeAddress(t))
	d.serving()
	if log := d.stdout.String(); !strings.Contains(log, "--address is given without --config") || !strings.Contains(log, filepath.Base(path)) {
		t.Errorf("it does not say that it reads no config, and which: %s", log)
	}
	if status, _, stderr := command(t, folder, "--check-config", "--address", "127.0.0.1:0", "--server-id", "server_A1"); status != exitDone {
		t.Errorf("--address with --server-id is not about the config: %s", stderr)
	}
}

func TestVersion(t *testing.T) {
	status, stdout, stderr := command(t, t.TempDir(), "--version")
	if status != exitDone || !strings.HasPrefix(stdout, "cachegopher v0.0.0-test, commit abc123, go1.") || strings.Count(stdout, "\n") != 1 || stderr != "" {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

func TestHelp(t *testing.T) {
	status, stdout, stderr := command(t, t.TempDir(), "--help")
	for _, flag := range []string{"--config", "--server-id", "--check-config", "--version", "--recover", "--address", "--max-memory", "--max-size"} {
		if !strings.Contains(stdout, flag+" ") && !strings.Contains(stdout, flag+"[") {
			t.Errorf("the help has no %s", flag)
		}
	}
	if status != exitDone || stderr != "" {
		t.Errorf("status %d, %q", status, stderr)
	}
}

// TestCheckConfig prints effective values: of all servers, which is a config again, and of one server with
// flags.
func TestCheckConfig(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "cacheGopherConfig.json", `{"common": {"max_size": 7},`+twoServers[1:])
	status, all, stderr := command(t, folder, "--check-config")
	if status != exitDone || stderr != "" || strings.Count(all, `"max_size": 7`) != 3 || !strings.Contains(all, `"max_connections": 10000`) {
		t.Fatalf("status %d, %s%s", status, all, stderr)
	}
	write(t, folder, "again.json", all)
	if status, again, stderr := command(t, folder, "--check-config", "--config", "again.json"); status != exitDone || again != all {
		t.Errorf("status %d, %s%s", status, again, stderr)
	}
	status, one, stderr := command(t, folder, "--check-config", "--server-id", "server_A2", "--max-memory", "1GiB", "--max-size", "9", "--address", "unix:///run/x.sock", "--address", "[::1]:0")
	if status != exitDone || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	for _, want := range []string{`"id": "server_A2"`, `"max_memory": "1GiB"`, `"max_size": 9`, "\"address\": [\n    \"unix:///run/x.sock\",\n    \"[::1]:0\"\n  ]"} {
		if !strings.Contains(one, want) {
			t.Errorf("%s is not in\n%s", want, one)
		}
	}
}
