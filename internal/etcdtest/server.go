package etcdtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// Server is one member of etcd. It ends with its test, and keeps its data when it is killed and started again.
type Server struct {
	Endpoint string // such as http://127.0.0.1:2379; https if it was started with "-cert"
	Data     string // the folder of its data; it must not change while the server runs

	t    testing.TB
	etcd nodeprocess.Etcd
}

// Start starts an empty etcd on a free port of 127.0.0.1. Further args are flags of the program in deploy/etcd, such as
// "-quota", "4000000". If etcd cannot be built, because its module cannot be downloaded, the test is skipped and says so.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	skipWithout(t)
	for try := 0; ; try++ { // another program may take the port between its choice and its use
		s := prepare(t, freeAddresses(t, 1)[0], args)
		err := s.etcd.Start()
		if err == nil {
			return s
		}
		if try == 2 {
			t.Fatal(err)
		}
	}
}

// Program returns the path of etcd's program, for tests that start it themselves. It skips the test as Start does.
func Program(t testing.TB) string {
	t.Helper()
	skipWithout(t)
	path, _ := program() // skipWithout has its error
	return path
}

// skipWithout skips the test where there is no etcd.
func skipWithout(t testing.TB) {
	t.Helper()
	if _, err := program(); err != nil {
		t.Skipf("SKIPPED: no etcd: %v", err)
	}
}

func freeAddresses(t testing.TB, n int) []string {
	t.Helper()
	all, err := nodeprocess.FreeAddresses(n)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// prepare returns a server that is not started.
func prepare(t testing.TB, address string, args []string) *Server {
	path, _ := program() // skipWithout has its error
	s := &Server{t: t, Data: t.TempDir(), Endpoint: "http://" + address}
	if slices.Contains(args, "-cert") {
		s.Endpoint = "https://" + address
	}
	s.etcd = nodeprocess.Etcd{Program: path, Address: address, Data: s.Data, Args: args}
	t.Cleanup(s.Kill)
	return s
}

// Kill ends the server with SIGKILL, if it runs.
func (s *Server) Kill() { s.etcd.Kill() }

// Restart starts the server again, at the same address and with the same data, after Kill.
func (s *Server) Restart() {
	s.t.Helper()
	if err := s.etcd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

// Suspend stops the process, as a machine that hangs does; Resume lets it go on.
func (s *Server) Suspend() { s.signal(syscall.SIGSTOP) }

// Resume is described at Suspend.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.etcd.Signal(sig); err != nil {
		s.t.Fatalf("signal etcd: %v", err)
	}
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
