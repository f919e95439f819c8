package nodeprocess

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Etcd is one member of etcd, the program in deploy/etcd. It keeps its data when it is killed and started again.
type Etcd struct {
	Program       string
	Address, Data string   // host:port; the folder of its data
	Args          []string // further flags, such as "-quota", "4000000"
	*Process               // nil before it is started
}

// etcdPatience bounds the time in which etcd starts on a busy machine.
const etcdPatience = time.Minute

// Start returns once the server is ready.
func (e *Etcd) Start() error {
	cmd := exec.Command(e.Program, append([]string{"-listen", e.Address, "-data-dir", e.Data}, e.Args...)...)
	out, said, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = said, os.Stderr
	p, err := Launch(cmd, nil)
	said.Close() //nolint:errcheck // the process has its own
	if err != nil {
		out.Close() //nolint:errcheck // only read from
		return fmt.Errorf("start etcd: %w", err)
	}
	ready := make(chan bool, 1)
	go func() {
		defer out.Close() //nolint:errcheck // only read from
		line, _ := bufio.NewReader(out).ReadString('\n')
		ready <- strings.HasPrefix(line, "etcd: ready")
	}()
	select {
	case ok := <-ready:
		if ok {
			e.Process = p
			return nil
		}
		return fmt.Errorf("etcd: %w", p.Failure())
	case <-time.After(etcdPatience):
		p.Kill()
		return fmt.Errorf("etcd is not ready after %v", etcdPatience)
	}
}

// Kill ends it with SIGKILL, if it runs.
func (e *Etcd) Kill() {
	if e.Process != nil {
		e.Process.Kill()
		e.Process = nil
	}
}
