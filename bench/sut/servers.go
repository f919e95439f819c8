package sut

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// program is a server that Group can start.
type program struct {
	binary     string
	dialect    Dialect
	install    string // how to get it
	replicates bool   // it can have secondaries
	args       func(g *Group, i int) ([]string, error)
	secure     bool // it can be started with a TLS listener
}

func (g *Group) threads() string { return strconv.Itoa(max(1, len(g.opts.Cores))) }

func (g *Group) port(i int) string {
	_, port, _ := net.SplitHostPort(g.Nodes[i].Address)
	return port
}

var programs = map[string]program{
	"cachegopher":   {"cachegopher", RESP{}, "run make", true, nodeArgs, true},
	"redis-server":  {"redis-server", RESP{}, "Debian: apt-get install redis-server", true, redisArgs, true},
	"valkey-server": {"valkey-server", RESP{}, "Debian 13 or later: apt-get install valkey-server", true, redisArgs, true},
	"memcached": {"memcached", Memcached{}, "Debian: apt-get install memcached", false, func(g *Group, i int) ([]string, error) {
		return []string{"-l", "127.0.0.1", "-p", g.port(i), "-U", "0", "-m", strconv.Itoa(g.memory >> 20), "-t", g.threads(), "-u", "root", "-c", "10000"}, nil
	}, false},
	"pogocache": {"pogocache", RESP{}, "https://github.com/tidwall/pogocache, build from source", false, func(g *Group, i int) ([]string, error) {
		return []string{"-h", "127.0.0.1", "-p", g.port(i), "--threads", g.threads(), "--maxmemory", strconv.Itoa(g.memory>>20) + "mb"}, nil
	}, false},
}

// redisArgs turns persistence off and eviction on, as for a cache.
func redisArgs(g *Group, i int) ([]string, error) {
	args := []string{"--port", g.port(i), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
		"--maxmemory", strconv.Itoa(g.memory), "--maxmemory-policy", "allkeys-lru", "--dir", g.Folder}
	if len(g.Nodes) > 1 {
		args = append(args, "--repl-backlog-size", "64mb", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", "--client-output-buffer-limit", "replica 0 0 0")
	}
	if i > 0 {
		host, port, _ := net.SplitHostPort(cmp.Or(g.Nodes[0].Via, g.Nodes[0].Address))
		args = append(args, "--replicaof", host+" "+port)
	}
	if g.secure {
		args = append(args, redisSecure(g, i)...)
	}
	return args, nil
}

// nodeArgs writes a node's config. An explicit config also keeps the node from using one that it finds.
func nodeArgs(g *Group, i int) ([]string, error) {
	common := map[string]any{"production": true, "event_loops": len(g.opts.Cores)}
	sections := map[string]any{"common": common}
	if g.local {
		common["local_reads"] = true
	}
	if g.policy != policy.LRU { // the default is left out for older builds, which do not know the setting
		common["eviction_policy"] = g.policy.String()
	}
	if g.secure {
		_, cert, key := g.keys()
		sections["security"] = map[string]any{"tls_cert": cert, "tls_key": key}
	}
	n := g.Nodes[i]
	if err := nodeprocess.WriteConfig(n.Config, g.Members(i), sections); err != nil {
		return nil, err
	}
	return []string{"--config", n.Config, "--server-id", n.ID, "--max-memory", strconv.Itoa(g.memory)}, nil
}

// findBinary looks for our node beside this program, in bin/ and then like any other in PATH.
func findBinary(name string, s program, o Options) (string, error) {
	if o.Binary != "" {
		path, err := exec.LookPath(o.Binary)
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrMissing, err)
		}
		return filepath.Abs(path)
	}
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
