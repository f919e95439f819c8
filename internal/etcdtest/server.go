package etcdtest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// patience bounds the time in which etcd starts on a busy machine.
const patience = time.Minute

// Server is one member of etcd. It ends with its test, and keeps its data when it is killed and started again.
type Server struct {
	Endpoint string // such as http://127.0.0.1:2379; https if it was started with "-cert"
	Data     string // the folder of its data; it must not change while the server runs

	t       testing.TB
	address string
	args    []string
	process *nodeprocess.Process
}

// Start starts an empty etcd on a free port of 127.0.0.1. Further args are flags of the program in deploy/etcd, such as
// "-quota", "4000000". If etcd cannot be built, because its module cannot be downloaded, the test is skipped and says so.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := program(); err != nil {
		t.Skipf("SKIPPED: no etcd: %v", err)
	}
	s := &Server{t: t, Data: t.TempDir(), args: args}
	for try := 0; ; try++ { // another program may take the port between its choice and its use
		s.address = freeAddress(t)
		err := s.launch()
		if err == nil {
			break
		}
		if try == 2 {
			t.Fatal(err)
		}
	}
	s.Endpoint = s.endpoint()
	t.Cleanup(func() { s.Kill() })
	return s
}

func (s *Server) endpoint() string {
	if slices.Contains(s.args, "-cert") {
		return "https://" + s.address
	}
	return "http://" + s.address
}

// Kill ends the server with SIGKILL, if it runs.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.Kill()
		s.process = nil
	}
}

// Restart starts the server again, at the same address and with the same data, after Kill.
func (s *Server) Restart() {
	s.t.Helper()
	if err := s.launch(); err != nil {
		s.t.Fatal(err)
	}
}

// Suspend stops the process, as a machine that hangs does; Resume lets it go on.
func (s *Server) Suspend() { s.signal(syscall.SIGSTOP) }

// Resume is described at Suspend.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.process.Signal(sig); err != nil {
		s.t.Fatalf("signal etcd: %v", err)
	}
}

// launch returns once the server is ready.
func (s *Server) launch() error {
	path, err := program()
	if err != nil {
		return err
	}
	cmd := exec.Command(path, append([]string{"-listen", s.address, "-data-dir", s.Data}, s.args...)...)
	out, said, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = said, os.Stderr
	p, err := nodeprocess.Launch(cmd, nil)
	said.Close() //nolint:errcheck // the process has its own
	if err != nil {
		out.Close() //nolint:errcheck // it was only read
		return fmt.Errorf("start etcd: %w", err)
	}
	ready := make(chan bool, 1)
	go func() {
		defer out.Close() //nolint:errcheck // it was only read
		line, _ := bufio.NewReader(out).ReadString('\n')
		ready <- strings.HasPrefix(line, "etcd: ready")
	}()
	select {
	case ok := <-ready:
		if ok {
			s.process = p
			return nil
		}
		return fmt.Errorf("etcd: %w", p.Failure())
	case <-time.After(patience):
		p.Kill()
		return fmt.Errorf("etcd is not ready after %v", patience)
	}
}

// freeAddress returns an address on which no process listened.
func freeAddress(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing was accepted
	return l.Addr().String()
}

// program is the path of etcd. Each test binary that needs it links it anew; its packages come from Go's build cache.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("cachegopher-etcd-%d", os.Getuid()), "etcd")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	part := fmt.Sprint(path, os.Getpid()) // other test binaries build it at the same time
	if err := nodeprocess.Build(part, filepath.Join("deploy", "etcd"), ".", "-mod=mod"); err != nil {
		return "", err
	}
	return path, os.Rename(part, path)
})
