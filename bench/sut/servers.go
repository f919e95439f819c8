package sut

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// spawned is a server that can be started.
type spawned struct {
	binary     string
	dialect    Dialect
	install    string // how to get it
	replicates bool   // it can have secondaries
	args       func(g group, i int) ([]string, error)
}

// group is a server to be started and those that copy it: i of args is 0 for the first, which is loaded.
type group struct {
	binary, folder string
	memory         int
	cores          []int
	secondaries    int
	ports          []string // of all
}

func (g group) threads() int { return max(1, len(g.cores)) }

var spawnable = map[string]spawned{
	"cachegopher":   {"cachegopher", RESP{}, "run make", true, nodeArgs},
	"redis-server":  {"redis-server", RESP{}, "Debian: apt-get install redis-server", true, redisArgs},
	"valkey-server": {"valkey-server", RESP{}, "Debian 13 or later: apt-get install valkey-server", true, redisArgs},
	"memcached": {"memcached", Memcached{}, "Debian: apt-get install memcached", false, func(g group, i int) ([]string, error) {
		return []string{"-l", "127.0.0.1", "-p", g.ports[i], "-U", "0", "-m", strconv.Itoa(g.memory >> 20), "-t", strconv.Itoa(g.threads()), "-u", "root", "-c", "10000"}, nil
	}},
	"pogocache": {"pogocache", RESP{}, "https://github.com/tidwall/pogocache, build from source", false, func(g group, i int) ([]string, error) {
		return []string{"-h", "127.0.0.1", "-p", g.ports[i], "--threads", strconv.Itoa(g.threads()), "--maxmemory", strconv.Itoa(g.memory>>20) + "mb"}, nil
	}},
}

// redisArgs switches persistence off and lets a full server evict, as a cache does.
func redisArgs(g group, i int) ([]string, error) {
	args := []string{"--port", g.ports[i], "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
		"--maxmemory", strconv.Itoa(g.memory), "--maxmemory-policy", "allkeys-lru", "--dir", g.folder}
	if g.secondaries > 0 {
		args = append(args, "--repl-backlog-size", "64mb", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", "--client-output-buffer-limit", "replica 0 0 0")
	}
	if i > 0 {
		args = append(args, "--replicaof", "127.0.0.1 "+g.ports[0])
	}
	return args, nil
}

// nodeArgs writes a node's config, which also keeps it from finding one that lies about.
func nodeArgs(g group, i int) ([]string, error) {
	var addresses []string
	for _, port := range g.ports {
		addresses = append(addresses, "127.0.0.1:"+port)
	}
	file := filepath.Join(g.folder, fmt.Sprintf("n%d.json", i))
	if err := WriteConfig(file, GroupAt(addresses), map[string]any{"production": true, "event_loops": len(g.cores)}); err != nil {
		return nil, err
	}
	return []string{"--config", file, "--server-id", fmt.Sprint("n", i), "--max-memory", strconv.Itoa(g.memory)}, nil
}

// findBinary looks for our node beside this program, in bin/ and then like any other in PATH.
func findBinary(name string, s spawned, o Options) (string, error) {
	if name == "cachegopher" {
		self, err := os.Executable()
		for _, b := range []string{o.Node, filepath.Join(filepath.Dir(self), "cachegopher"), "bin/cachegopher"} {
			if b == "" || err != nil && b != o.Node {
				continue
			}
			if info, err := os.Stat(b); err == nil && !info.IsDir() {
				return filepath.Abs(b)
			}
			if b == o.Node {
				return "", fmt.Errorf("%w: there is no %s", ErrMissing, b)
			}
		}
	}
	path, err := exec.LookPath(s.binary)
	if err != nil {
		return "", fmt.Errorf("%w: %s is not installed (%s)", ErrMissing, s.binary, s.install)
	}
	return path, nil
}
