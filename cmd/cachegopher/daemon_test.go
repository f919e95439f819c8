package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// patience bounds the wait for something that should happen at once; the machine may be busy.
const patience = 30 * time.Second

// daemon is a running node.
type daemon struct {
	*nodeprocess.Process
	t       *testing.T
	folder  string // its working folder
	address string // host:port
	stdout  *lines
	stderr  *lines
}

// lines collects what a process writes.
type lines struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.data.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.data.String()
}

// freeAddress returns an address of 127.0.0.1 that is not in use, each only once.
func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := nodeprocess.FreeAddresses(1)
	if err != nil {
		t.Fatal(err)
	}
	return free[0]
}

// freePort returns the port of a freeAddress.
func freePort(t *testing.T) string {
	t.Helper()
	_, port, _ := net.SplitHostPort(freeAddress(t))
	return port
}

// start starts a standalone node with these flags on a free port, and waits until it serves.
func start(t *testing.T, flags ...string) *daemon {
	t.Helper()
	address := freeAddress(t)
	d := launch(t, t.TempDir(), append([]string{binary, "--address", address}, flags...)...)
	d.address = address
	d.serving()
	return d
}

// startConfig starts the only server of a config in which %A is a free address and %F the folder.
func startConfig(t *testing.T, text string) *daemon {
	t.Helper()
	address, folder := freeAddress(t), t.TempDir()
	write(t, folder, "cacheGopherConfig.json", strings.NewReplacer("%A", address, "%F", folder).Replace(text))
	d := launch(t, folder, binary)
	d.address = address
	return d
}

// launch runs args in folder and kills it when the test ends.
func launch(t *testing.T, folder string, args ...string) *daemon {
	t.Helper()
	return launchTo(t, nil, folder, args...)
}

// launchTo is launch with standard output to out, unless that is nil.
func launchTo(t *testing.T, out *os.File, folder string, args ...string) *daemon {
	t.Helper()
	d := &daemon{t: t, folder: folder, stdout: new(lines), stderr: new(lines)}
	command := exec.Command(args[0], args[1:]...)
	command.Dir, command.Stdout, command.Stderr = folder, d.stdout, d.stderr
	if out != nil {
		command.Stdout = out
	}
	d.launch(command)
	return d
}

// launch starts the process and kills it when the test ends.
func (d *daemon) launch(command *exec.Cmd) {
	t := d.t
	t.Helper()
	var err error
	if d.Process, err = nodeprocess.Launch(command, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.Kill()
		if t.Failed() {
			t.Logf("the node wrote\n%s%s", d.stdout, d.stderr)
		}
		if s := d.stderr.String(); strings.Contains(s, "DATA RACE") {
			t.Error("the node has a data race: " + s)
		}
	})
}

// serving waits for the log line that says that the node serves.
func (d *daemon) serving() {
	d.t.Helper()
	d.eventually("a node that serves", func() bool {
		select {
		case <-d.Ended():
			d.t.Fatal("the node ended before it served")
		default:
		}
		return strings.Contains(d.stdout.String(), "Ready to accept connections")
	})
}

// eventually waits until done.
func (d *daemon) eventually(what string, done func() bool) {
	d.t.Helper()
	testkit.Eventually(d.t, what, done)
}

// signal sends s.
func (d *daemon) signal(s syscall.Signal) {
	d.t.Helper()
	if err := d.Signal(s); err != nil {
		d.t.Fatal(err)
	}
}

// ended waits until the node has ended, at most limit, and returns its exit status.
func (d *daemon) ended(limit time.Duration) int {
	d.t.Helper()
	select {
	case <-d.Ended():
	case <-time.After(limit):
		d.t.Fatalf("the node has not ended after %v", limit)
	}
	return d.State().ExitCode()
}

// stats asks for STATS.
func (d *daemon) stats() map[string]string {
	d.t.Helper()
	c := d.dial()
	defer c.Close() //nolint:errcheck // done with it
	return c.stats()
}

// stats asks for STATS.
func (c *conn) stats() map[string]string {
	c.t.Helper()
	c.send("STATS\n")
	all := map[string]string{}
	for {
		line := c.line()
		if line == "END" {
			return all
		}
		name, value, _ := strings.Cut(line, " ")
		all[name] = value
	}
}

// conn is a client's connection. Its errors fail the test.
type conn struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func (d *daemon) dial() *conn {
	d.t.Helper()
	return d.dialTo("tcp", d.address)
}

func (d *daemon) dialTo(network, address string) *conn {
	d.t.Helper()
	c, err := net.DialTimeout(network, address, patience)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { c.Close() }) //nolint:errcheck // may be closed already
	if err := c.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		d.t.Fatal(err)
	}
	return &conn{Conn: c, t: d.t, r: newReader(c)}
}

func (c *conn) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, text); err != nil {
		c.t.Fatal(err)
	}
}

// line reads a line and drops its end.
func (c *conn) line() string {
	c.t.Helper()
	line, err := c.r.ReadString('\n')
	if err != nil {
		c.t.Fatalf("%v after %q", err, line)
	}
	return line[:len(line)-1]
}

// ask sends a line and reads one line of reply.
func (c *conn) ask(request string) string {
	c.t.Helper()
	c.send(request + "\n")
	return c.line()
}

// want asks and compares the reply.
func (c *conn) want(request, reply string) {
	c.t.Helper()
	if got := c.ask(request); got != reply {
		c.t.Errorf("%.100q is answered %.200q, want %.200q", request, got, reply)
	}
}

// closed waits until the node closes the connection, and fails if it sends anything before.
func (c *conn) closed() {
	c.t.Helper()
	if rest, err := io.ReadAll(c.r); len(rest) > 0 || os.IsTimeout(err) {
		c.t.Errorf("got %.200q, %v instead of the end of the connection", rest, err)
	}
}

// logFile reads the log that a config has in the node's folder.
func (d *daemon) logFile(name string) string {
	d.t.Helper()
	data, err := os.ReadFile(filepath.Join(d.folder, name))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(data)
}

// number reads a counter of stats.
func number(t *testing.T, stats map[string]string, name string) (n int64) {
	t.Helper()
	if _, err := fmt.Sscan(stats[name], &n); err != nil {
		t.Fatalf("%s in %v: %v", name, stats, err)
	}
	return n
}

func newReader(c net.Conn) *bufio.Reader { return bufio.NewReaderSize(c, 1<<20) }
