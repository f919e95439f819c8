package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// spawned is a server that can be started.
type spawned struct {
	binary  string
	dialect Dialect
	install string // how to get it
	args    func(port string, memory, threads int, folder string) []string
}

var spawnable = map[string]spawned{
	"cachegopher": {"cachegopher", RESP{}, "run make", func(port string, memory, threads int, folder string) []string {
		return []string{"--config", filepath.Join(folder, "node.json"), "--address", "127.0.0.1:" + port, "--max-memory", strconv.Itoa(memory)}
	}},
	"redis-server":  {"redis-server", RESP{}, "Debian: apt-get install redis-server", redisArgs},
	"valkey-server": {"valkey-server", RESP{}, "Debian 13 or later: apt-get install valkey-server", redisArgs},
	"memcached": {"memcached", Memcached{}, "Debian: apt-get install memcached", func(port string, memory, threads int, _ string) []string {
		return []string{"-l", "127.0.0.1", "-p", port, "-U", "0", "-m", strconv.Itoa(memory >> 20), "-t", strconv.Itoa(threads), "-u", "root", "-c", "10000"}
	}},
	"pogocache": {"pogocache", RESP{}, "https://github.com/tidwall/pogocache, build from source", func(port string, memory, threads int, _ string) []string {
		return []string{"-h", "127.0.0.1", "-p", port, "--threads", strconv.Itoa(threads), "--maxmemory", strconv.Itoa(memory>>20) + "mb"}
	}},
}

// redisArgs switches persistence off and lets a full server evict, as a cache does.
func redisArgs(port string, memory, _ int, folder string) []string {
	return []string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
		"--maxmemory", strconv.Itoa(memory), "--maxmemory-policy", "allkeys-lru", "--dir", folder}
}

// nodeConfig keeps a node that is started here from finding a config that lies about.
const nodeConfig = `{"common": {"production": true, "event_loops": %d}, "servers": [{"id": "bench", "address": "127.0.0.1:1", "role": "primary"}]}`

// openSpawn starts a server on a free port, on the cores that Options name, and waits until it answers. Options of
// the URL: memory, and dialect=line to speak that to our node.
func openSpawn(ctx context.Context, rest string, o Options) (*Target, error) {
	name, query, _ := strings.Cut(rest, "?")
	s, ok := spawnable[name]
	if !ok {
		return nil, errors.New("there are spawn:cachegopher, redis-server, memcached, valkey-server and pogocache")
	}
	u, err := parseRest("x?"+query, "memory", "dialect")
	if err != nil {
		return nil, err
	}
	memory, _, err := Budget(u.Query(), o)
	if err != nil {
		return nil, err
	}
	switch d := u.Query().Get("dialect"); {
	case d == "line" && name == "cachegopher":
		s.dialect = Line{}
	case d != "" && d != "resp":
		return nil, fmt.Errorf("dialect %q: resp, or line for cachegopher", d)
	}
	binary, err := findBinary(name, s, o)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "cachegopher-bench")
	if err != nil {
		return nil, err
	}
	t := &Target{}
	t.OnClose(func() error { return os.RemoveAll(folder) })
	if err := s.start(ctx, t, binary, memory, folder, o.Cores); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
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

func (s spawned) start(ctx context.Context, t *Target, binary string, memory int, folder string, cores []int) error {
	threads := max(1, len(cores))
	if err := os.WriteFile(filepath.Join(folder, "node.json"), fmt.Appendf(nil, nodeConfig, len(cores)), 0o600); err != nil {
		return err
	}
	port, err := FreePort()
	if err != nil {
		return err
	}
	cmd := exec.Command(binary, s.args(port, memory, threads, folder)...)
	var said tail
	cmd.Stdout, cmd.Stderr, cmd.Dir = &said, &said, folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C at the terminal is for us
	if err := startOn(cmd, cores); err != nil {
		return err
	}
	ended := make(chan struct{})
	var status error
	go func() {
		status = cmd.Wait()
		close(ended)
	}()
	t.OnClose(func() error { stop(cmd, ended); return nil })
	t.PID = cmd.Process.Pid
	t.Wire = &Wire{Network: "tcp", Address: net.JoinHostPort("127.0.0.1", port), Dialect: s.dialect}
	for end := time.Now().Add(10 * time.Second); ; {
		err = t.greet(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("it ended at once (%w): %s", status, said.last())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(end) {
			return fmt.Errorf("it does not answer 10 s after its start: %w", err)
		}
	}
}

// stop ends a server, by force after a while.
func stop(cmd *exec.Cmd, ended <-chan struct{}) {
	_ = cmd.Process.Signal(os.Interrupt) // it may have ended
	select {
	case <-ended:
	case <-time.After(3 * time.Second):
		_ = cmd.Process.Kill()
		<-ended
	}
}

// FreePort is a port of 127.0.0.1 that nobody listens on now.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close() //nolint:errcheck // only its port was wanted
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// tail keeps the last bytes written to it.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > 4096 {
		t.b = t.b[len(t.b)-4096:]
	}
	return len(p), nil
}

func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(string(t.b)), "\n")
	return lines[len(lines)-1]
}
