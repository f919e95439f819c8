//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// config is our node's: one loop, since it runs on one core, and room for every row. At SECURE more
// is said about TLS.
const config = `{"common": {"max_memory": "8GB", "production": true, "event_loops": 1}, "servers": [{"id": "n", "address": "127.0.0.1:1", "role": "primary"SECURE`

// server is a running server that a work is measured on.
type server struct {
	name    string
	kind    string // redis, memcached or cachegopher
	address string
	secure  string // where it speaks TLS; empty: nowhere
	cmd     *exec.Cmd
	control net.Conn
	replies *bufio.Reader
	load    loader
}

// loader makes the load on one server: load, or streams.
type loader interface {
	run(more func() bool) error
	close() error
}

// startServer starts a server on the server core.
func startServer(ctx context.Context, o *options, name, folder string) (s *server, err error) {
	port, err := sut.FreePort()
	if err != nil {
		return nil, err
	}
	kind, binary, given := strings.Cut(name, "=")
	if !given {
		binary = o.node
	}
	kind, withTLS := strings.CutSuffix(kind, secureSuffix)
	s = &server{name: name, kind: kind, address: "127.0.0.1:" + port}
	ended := "}]}"
	if withTLS {
		if err := s.secureAt(folder); err != nil {
			return nil, err
		}
		ended = nodeTLS(folder, s.secure)
	}
	args := []string{"taskset", "-c", strconv.Itoa(o.serverCore)}
	switch kind {
	case "redis":
		args = append(args, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
			"--daemonize", "no", "--enable-debug-command", "local")
		if withTLS {
			args = append(args, redisTLS(folder, s.secure)...)
		}
	case "memcached":
		args = append(args, "memcached", "-l", "127.0.0.1", "-p", port, "-U", "0", "-t", "1", "-m", "8192", "-c", "2048", "-u", "root")
	case "cachegopher":
		path := filepath.Join(folder, strings.ReplaceAll(name, "/", "_")+".json")
		if err := os.WriteFile(path, []byte(strings.Replace(config, "SECURE", ended, 1)), 0o600); err != nil {
			return nil, err
		}
		args = append(args, binary, "--config", path, "--address", s.address)
	default:
		return nil, fmt.Errorf("no such server: %s", name)
	}
	s.cmd = exec.CommandContext(ctx, args[0], args[1:]...)
	s.cmd.Env = append(os.Environ(), o.env...)
	if o.verbose {
		s.cmd.Stdout, s.cmd.Stderr = os.Stdout, os.Stderr
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if s.control, err = connect(s.address); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	s.replies = bufio.NewReader(s.control)
	return s, nil
}

func (s *server) stop() error {
	if s.load != nil {
		_ = s.load.close()
	}
	if s.control != nil {
		_ = s.control.Close()
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	return nil
}

// version is what the server says it is.
func (s *server) version() (string, error) {
	if s.kind == "memcached" {
		v, err := s.line("version\r\n")
		return s.kind + " " + strings.TrimPrefix(v, "VERSION "), err
	}
	text, err := s.bulk("INFO", "server")
	field := map[string]string{"redis": "redis_version:", "cachegopher": "cachegopher_version:"}[s.kind]
	for line := range bytes.Lines(text) {
		if v, ok := bytes.CutPrefix(line, []byte(field)); ok {
			return s.kind + " " + string(bytes.TrimSpace(v)), err
		}
	}
	return s.kind, err
}

// counts asks for the server's counters.
func (s *server) counts() (counts, error) {
	if s.kind != "memcached" {
		text, err := s.bulk("INFO", "stats")
		if err != nil {
			return counts{}, err
		}
		return countsOf(text)
	}
	if _, err := s.control.Write([]byte("stats\r\n")); err != nil {
		return counts{}, err
	}
	var text []byte
	for {
		line, err := s.replies.ReadBytes('\n')
		if err != nil {
			return counts{}, err
		}
		if bytes.HasPrefix(line, []byte("END")) {
			return countsOf(text)
		}
		text = append(text, line...)
	}
}

// settle waits until the server has put in order what the filling left: it is not
// the work that is measured.
func (s *server) settle(ctx context.Context) error {
	if s.kind == "redis" {
		if err := s.rehash(ctx); err != nil {
			return err
		}
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		before, _, err := cpuTime(s.cmd.Process.Pid)
		if err != nil {
			return err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
		if after, _, err := cpuTime(s.cmd.Process.Pid); err != nil || after-before < 10*time.Millisecond {
			return err
		}
	}
	return errors.New("it does not come to rest")
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// rehash has Redis move its keys to the table it grew last: a table half moved
// would be held against it.
func (s *server) rehash(ctx context.Context) error {
	if _, err := s.command("CONFIG", "SET", "hz", "500"); err != nil {
		return err
	}
	for {
		text, err := s.bulk("DEBUG", "HTSTATS", "0")
		if err != nil {
			return err
		}
		if !bytes.Contains(text, []byte("rehashing target")) {
			break
		}
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
	_, err := s.command("CONFIG", "SET", "hz", "10")
	return err
}

// command sends a command and returns the first line of the reply.
func (s *server) command(args ...string) (string, error) {
	text := fmt.Sprintf("*%d\r\n", len(args))
	for _, a := range args {
		text += fmt.Sprintf("$%d\r\n%s\r\n", len(a), a)
	}
	return s.line(text)
}

func (s *server) line(request string) (string, error) {
	if _, err := s.control.Write([]byte(request)); err != nil {
		return "", err
	}
	line, err := s.replies.ReadString('\n')
	if err == nil && line[0] == '-' {
		err = errors.New(strings.TrimSpace(line))
	}
	return strings.TrimSpace(line), err
}

// bulk sends a command that is answered by a bulk string, or a verbatim one.
func (s *server) bulk(args ...string) ([]byte, error) {
	head, err := s.command(args...)
	if err != nil {
		return nil, err
	}
	size, err := strconv.Atoi(head[1:])
	if err != nil {
		return nil, fmt.Errorf("%s: answered %q", args[0], head)
	}
	body := make([]byte, size+2)
	for n := 0; n < len(body); {
		m, err := s.replies.Read(body[n:])
		if err != nil {
			return nil, err
		}
		n += m
	}
	return body[:size], nil
}

// connect waits for the server to listen.
func connect(address string) (net.Conn, error) {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil || time.Now().After(end) {
			return c, err
		}
	}
}
