package sut

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// TestMain lets this program act as a bench that has started a server: it prints the server's pid and waits.
func TestMain(m *testing.M) {
	if os.Getenv("CACHEGOPHER_TEST_STARTS") == "" {
		os.Exit(m.Run())
	}
	cmd := exec.Command("sleep", "60")
	p, err := nodeprocess.Launch(cmd, pinned([]int{0}))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(p.PID())
	<-p.Ended()
}

// A server does not outlive the bench, even if the bench is killed and cannot stop it.
func TestServersEndWithTheBench(t *testing.T) {
	bench := exec.Command(os.Args[0])
	bench.Env = append(os.Environ(), "CACHEGOPHER_TEST_STARTS=1")
	out, err := bench.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bench.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	server := filepath.Join("/proc", strings.TrimSpace(line))
	time.Sleep(50 * time.Millisecond) // idle threads of the bench have ended
	if !runs(server) {
		t.Fatalf("%s is not there", server)
	}
	if err := bench.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = bench.Wait() // killed
	for end := time.Now().Add(30 * time.Second); runs(server); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s still runs", server)
		}
	}
}

// runs reports whether a process exists and is not a zombie.
func runs(folder string) bool {
	stat, err := os.ReadFile(filepath.Join(folder, "stat"))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
