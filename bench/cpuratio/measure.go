package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// result is what a work cost.
type result struct {
	micros float64 // of CPU, user and system, a request
	rate   float64 // requests a second
}

// measure starts a server, fills it, and has the work done.
func measure(ctx context.Context, o *options, name string, w work) (r result, err error) {
	port, err := freePort()
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := command(ctx, o.serverCore, serverArgs(o, name, port)...)
	if err := server.Start(); err != nil {
		return r, fmt.Errorf("start: %w", err)
	}
	defer server.Wait() //nolint:errcheck // it is killed
	defer cancel()
	c, err := connect("127.0.0.1:" + port)
	if err != nil {
		return r, err
	}
	defer c.Close() //nolint:errcheck // done with it
	if err := fill(c, w); err != nil {
		return r, fmt.Errorf("fill: %w", err)
	}
	pid := server.Process.Pid
	done, err := commands(c)
	if err != nil {
		return r, err
	}
	used, err := cpuTime(pid)
	if err != nil {
		return r, err
	}
	began := time.Now()
	if out, err := command(ctx, o.loadCore, loadArgs(w, port)...).CombinedOutput(); err != nil {
		return r, fmt.Errorf("redis-benchmark: %w: %s", err, out)
	}
	took := time.Since(began)
	after, err := cpuTime(pid)
	if err != nil {
		return r, err
	}
	all, err := commands(c)
	if err != nil {
		return r, err
	}
	n := float64(all - done)
	if n < float64(w.requests) {
		return r, fmt.Errorf("the server counted %.0f requests of %d", n, w.requests)
	}
	return result{float64((after - used).Microseconds()) / n, n / took.Seconds()}, nil
}

// command runs args on one core.
func command(ctx context.Context, core int, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "taskset", append([]string{"-c", strconv.Itoa(core)}, args...)...)
}

func serverArgs(o *options, name, port string) []string {
	if name == "redis" {
		return []string{"redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"}
	}
	binary := o.node
	if _, given, ok := strings.Cut(name, "="); ok {
		binary = given
	}
	return []string{binary, "--config", o.config, "--address", "127.0.0.1:" + port}
}

func loadArgs(w work, port string) []string {
	args := []string{"redis-benchmark", "-q", "-p", port, "-c", strconv.Itoa(w.conns), "-P", strconv.Itoa(w.depth),
		"-n", strconv.Itoa(w.requests), "-r", strconv.Itoa(w.keys), "-d", strconv.Itoa(w.value)}
	for _, a := range w.command {
		if a == "__data__" {
			a = strings.Repeat("x", w.value)
		}
		args = append(args, a)
	}
	return args
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close() //nolint:errcheck // only its port was wanted
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func connect(address string) (net.Conn, error) {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil || time.Now().After(end) {
			return c, err
		}
	}
}

// fill sets every key once.
func fill(c net.Conn, w work) error {
	value := strings.Repeat("x", w.value)
	per := max(1, 64<<10/(w.value+64))
	var b bytes.Buffer
	for from := 0; from < w.keys; from += per {
		n := min(per, w.keys-from)
		b.Reset()
		for i := range n {
			fmt.Fprintf(&b, "*3\r\n$3\r\nSET\r\n$16\r\nkey:%012d\r\n$%d\r\n%s\r\n", from+i, w.value, value)
		}
		if _, err := c.Write(b.Bytes()); err != nil {
			return err
		}
		replies := make([]byte, n*len("+OK\r\n"))
		if _, err := io.ReadFull(c, replies); err != nil {
			return err
		}
		if !bytes.Equal(replies, bytes.Repeat([]byte("+OK\r\n"), n)) {
			return fmt.Errorf("answered %.80q", replies)
		}
	}
	return nil
}

// commands is how many commands the server has executed.
func commands(c net.Conn) (int64, error) {
	if _, err := io.WriteString(c, "*2\r\n$4\r\nINFO\r\n$5\r\nstats\r\n"); err != nil {
		return 0, err
	}
	n := int64(-1)
	r := bufio.NewReader(c)
	head, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	size, err := strconv.Atoi(strings.Trim(head, "$\r\n"))
	if err != nil {
		return 0, err
	}
	body := make([]byte, size+2)
	if _, err := io.ReadFull(r, body); err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(body)) {
		if v, ok := strings.CutPrefix(line, "total_commands_processed:"); ok {
			n, err = strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		}
	}
	if n < 0 || err != nil {
		return 0, errors.Join(errors.New("no total_commands_processed in INFO"), err)
	}
	return n, nil
}

// cpuTime is the user and system time of a process; the kernel counts it in hundredths of a second.
func cpuTime(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, err
}
