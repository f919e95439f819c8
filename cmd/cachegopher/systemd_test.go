package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/logging"
)

// manager plays the service manager: it receives a node's notifications, and stores descriptors.
type manager struct {
	path string
	*lines

	mu     sync.Mutex
	stored map[string]*os.File
}

func playManager(t *testing.T) *manager {
	t.Helper()
	m := &manager{path: filepath.Join(t.TempDir(), "notify"), lines: new(lines), stored: map[string]*os.File{}}
	pc, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() }) //nolint:errcheck // ends the goroutine
	go func() {
		for buf, with := make([]byte, 4096), make([]byte, 64); ; {
			n, passed, _, _, err := pc.ReadMsgUnix(buf, with)
			if err != nil {
				return
			}
			m.store(string(buf[:n]), with[:passed])
			fmt.Fprintf(m.lines, "%s\n", buf[:n]) //nolint:errcheck // memory
		}
	}()
	return m
}

// store stores the descriptor that came with a state, or forgets one.
func (m *manager) store(state string, with []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := ""
	for line := range strings.Lines(state) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "FDNAME="); ok {
			name = value
		}
	}
	switch {
	case strings.HasPrefix(state, "FDSTOREREMOVE=1\n"):
		m.stored[name].Close() //nolint:errcheck // forgotten
		delete(m.stored, name)
	case strings.HasPrefix(state, "FDSTORE=1\n"):
		messages, err := syscall.ParseSocketControlMessage(with)
		if err != nil || len(messages) != 1 {
			return
		}
		if fds, err := syscall.ParseUnixRights(&messages[0]); err == nil && len(fds) == 1 {
			syscall.CloseOnExec(fds[0])
			m.stored[name] = os.NewFile(uintptr(fds[0]), name)
		}
	}
}

// passOn returns the stored descriptors, and the environment in which the next process finds them.
func (m *manager) passOn() (files []*os.File, env []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m.stored)) {
		names, files = append(names, name), append(files, m.stored[name])
	}
	return files, []string{"NOTIFY_SOCKET=" + m.path, fmt.Sprint("LISTEN_FDS=", len(files)), "LISTEN_FDNAMES=" + strings.Join(names, ":")}
}

func (m *manager) got(text string) func() bool {
	return func() bool { return strings.Contains(m.String(), text) }
}

// launchManaged starts a node as a service manager does, with env, and with files as descriptors from 3 on.
// JOURNAL_STREAM identifies its standard output, a pipe.
func launchManaged(t *testing.T, env []string, files []*os.File, flags ...string) *daemon {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	info, err := w.Stat()
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	d := &daemon{t: t, folder: t.TempDir(), stdout: new(lines), stderr: new(lines)}
	// LISTEN_PID must be the node's own pid, so a shell sets it and then becomes the node.
	script := `LISTEN_PID=$$ exec "$0" "$@"`
	command := exec.Command("/bin/sh", append([]string{"-c", script, binary}, flags...)...)
	command.Dir, command.Stdout, command.Stderr, command.ExtraFiles = d.folder, w, d.stderr, files
	command.Env = append(append(os.Environ(), fmt.Sprintf("JOURNAL_STREAM=%d:%d", st.Dev, st.Ino)), env...)
	d.launch(command)
	w.Close()               //nolint:errcheck // the node has it
	go io.Copy(d.stdout, r) //nolint:errcheck // until the node ends
	return d
}

// TestNotify checks a node's notifications from its start to its end.
func TestNotify(t *testing.T) {
	m := playManager(t)
	address := freeAddress(t)
	d := launchManaged(t, []string{"NOTIFY_SOCKET=" + m.path, "WATCHDOG_USEC=300000"}, nil, "--address", address)
	d.address = address
	d.eventually("READY", m.got("READY=1\n"))
	d.dial().want("PING", "PONG") // ready means that it serves
	d.eventually("status", m.got("STATUS=primary, 0 keys, "))
	d.eventually("watchdog", m.got("WATCHDOG=1\n"))
	before := strings.Count(m.String(), "WATCHDOG=1\n")
	d.eventually("watchdog that goes on", func() bool { return strings.Count(m.String(), "WATCHDOG=1\n") > before+2 })

	d.signal(syscall.SIGHUP)
	reloaded := regexp.MustCompile(`(?s)RELOADING=1\nMONOTONIC_USEC=\d+\n.*READY=1\n`)
	d.eventually("end of the reload", func() bool { return reloaded.MatchString(m.String()) })
	d.signal(syscall.SIGTERM)
	if status := d.ended(patience); status != exitDone {
		t.Errorf("exit status %d", status)
	}
	d.eventually("STOPPING", m.got("STOPPING=1\n"))
}

// TestJournal: lines for the journal have priorities and no times, with "production" too.
func TestJournal(t *testing.T) {
	d := launchManaged(t, nil, nil, "--address", freeAddress(t))
	d.eventually("line", func() bool { return strings.Contains(d.stdout.String(), "Ready to accept") })
	for line := range strings.Lines(d.stdout.String()) {
		if !regexp.MustCompile(`^<[46]>[a-z]`).MatchString(line) {
			t.Errorf("line for the journal: %q", line)
		}
	}
}

// TestSocketActivation passes open sockets to a node. A connection made before the start is served, and the
// sockets accept connections after the node's end.
func TestSocketActivation(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close() //nolint:errcheck // the test is over
	file, err := tcp.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // the test is over
	address := tcp.Addr().String()
	early, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer early.Close() //nolint:errcheck // the test is over
	unix := filepath.Join(t.TempDir(), "n.sock")
	for range 2 { // a start and a restart
		d := launchManaged(t, []string{"LISTEN_FDS=1"}, []*os.File{file}, "--address", address, "--address", "unix://"+unix)
		d.address = address
		d.dial().want("PING", "PONG")
		d.dialTo("unix", unix).want("PING", "PONG") // an address without a passed socket
		if early != nil {
			(&conn{Conn: early, t: t, r: newReader(early)}).want("PING", "PONG")
			early = nil
		}
		d.signal(syscall.SIGTERM)
		if status := d.ended(patience); status != exitDone {
			t.Errorf("exit status %d", status)
		}
	}
}

// stuck is a server whose loops stop turning.
type stuck struct{ is atomic.Bool }

func (s *stuck) CheckLoops(ctx context.Context) error {
	if !s.is.Load() {
		return nil
	}
	<-ctx.Done()
	return errors.New("1 of 2 event loops do not turn")
}

// TestWatchdogStarves: a stuck loop is not hidden from the service manager.
func TestWatchdogStarves(t *testing.T) {
	m := playManager(t)
	t.Setenv("NOTIFY_SOCKET", m.path)
	t.Setenv("WATCHDOG_USEC", "60000")
	t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()))
	console := new(lines)
	log, err := logging.New(logging.Options{Console: console})
	if err != nil {
		t.Fatal(err)
	}
	var loops stuck
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); guardLoops(ctx, &loops, log) }()
	defer func() { cancel(); <-done }()
	wait := &daemon{t: t}
	wait.eventually("watchdog", m.got("WATCHDOG=1\n"))
	loops.is.Store(true)
	wait.eventually("complaint", func() bool { return strings.Contains(console.String(), "event loops do not turn") })
	notify("STATUS=stuck") // everything before it has arrived once this has
	wait.eventually("the earlier notices", m.got("STATUS=stuck"))
	fed := m.String()
	time.Sleep(300 * time.Millisecond)
	if m.String() != fed {
		t.Error("the watchdog was fed though a loop is stuck")
	}
}

// TestGroupStatusLine checks the status lines of a primary and a secondary among their notifications.
func TestGroupStatusLine(t *testing.T) {
	m := playManager(t)
	t.Setenv("NOTIFY_SOCKET", m.path)
	g := runningGroup(t, 1, nil)
	g.nodes[0].eventually("line of the primary", m.got("STATUS=primary, 0 keys, 1/1 secondaries, lag "))
	g.nodes[0].eventually("line of the secondary", m.got("STATUS=secondary, 0 keys, in step with n0, lag "))
}
