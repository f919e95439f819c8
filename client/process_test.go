//go:build unix

package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/machine"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/commands"
)

// nodeEnv makes the test's binary run a node, at the address that is its value.
const nodeEnv = "CACHEGOPHER_TEST_NODE"

// processKeys is the number of keys that a node has from its start.
const processKeys = 100

func processKey(i int) string { return fmt.Sprint("key", i) }

// runNode runs a node until it is killed: it fills the node and prints its address.
func runNode(address string) error {
	store, err := lru.New(lru.Options{MaxMemory: 16 << 20})
	if err != nil {
		return err
	}
	for i := range processKeys {
		if err := store.Set([]byte(processKey(i)), []byte("value of "+processKey(i)), 0); err != nil {
			return err
		}
	}
	srv, err := server.New(server.Options{Addresses: []string{address}, EventLoops: 1,
		Node: session.NewNode(session.Options{Commands: commands.All(), Dialects: commands.Dialects(), Store: store, ID: address})})
	if err != nil {
		return err
	}
	fmt.Println(srv.Addrs()[0])
	return errors.Join(srv.Run(context.Background()), store.Close())
}

// process is a node in a process of its own.
type process struct {
	*nodeprocess.Process // nil: it is not running
	t                    *testing.T
	address              string
}

func startProcess(t *testing.T) *process {
	t.Helper()
	free, err := nodeprocess.FreeAddresses(1)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, address: free[0]}
	p.start()
	t.Cleanup(p.kill)
	return p
}

// start runs the node, at its previous address if it had one.
func (p *process) start() {
	p.t.Helper()
	testkit.EventuallyNil(p.t, "the node starts at "+p.address, func() error {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), nodeEnv+"="+p.address)
		cmd.Stderr = os.Stderr
		stdout, stdoutOfNode, err := os.Pipe()
		if err != nil {
			p.t.Fatal(err)
		}
		defer stdout.Close()
		cmd.Stdout = stdoutOfNode
		started, err := nodeprocess.Launch(cmd, nil)
		stdoutOfNode.Close()
		if err != nil {
			p.t.Fatal(err)
		}
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if err != nil {
			started.Kill()
			return err
		}
		p.address, p.Process = strings.TrimSpace(line), started
		return nil
	})
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.Signal(s); err != nil {
		p.t.Error(err)
	}
}

// kill is kill -9.
func (p *process) kill() {
	if p.Process != nil {
		p.Kill()
		p.Process = nil
	}
}

// While one member of a group lives, no read with a second of time fails, although processes
// of other members are killed and restarted, or stopped (SIGSTOP) and continued.
func TestReadsWhileProcessesDie(t *testing.T) {
	t.Parallel()
	members := []*process{startProcess(t), startProcess(t), startProcess(t)}
	g := Group{ID: "g"}
	for i, p := range members {
		g.Members = append(g.Members, Member{ID: fmt.Sprint("n", i), Address: p.address})
	}
	c := newClientOf(t, Config{Groups: []Group{g}}, WithUnhealthy(3, 300*time.Millisecond))
	ready(t, c)
	stop := readProcesses(t, c)
	kill, freeze := (*process).kill, func(p *process) { p.signal(syscall.SIGSTOP) }
	revive := func(p *process) {
		if p.Process == nil {
			p.start()
		} else {
			p.signal(syscall.SIGCONT)
		}
	}
	for i, x := range []struct {
		name          string
		first, second func(*process)
	}{{"kill two", kill, kill}, {"stop one", freeze, nil}, {"kill one, stop one", kill, freeze}, {"stop two", freeze, freeze}} {
		a, b := i%3, (i+1)%3
		x.first(members[a])
		if x.second != nil {
			time.Sleep(50 * time.Millisecond)
			x.second(members[b])
		}
		time.Sleep(1300 * time.Millisecond) // longer than a read may take
		revive(members[a])
		if x.second != nil {
			revive(members[b])
		}
		testkit.Eventually(t, "after "+x.name+" all members are used again", func() bool {
			for _, s := range c.Nodes() {
				if s.State != StateUp {
					return false
				}
			}
			return true
		})
	}
	if n := stop(); n < 100 {
		t.Errorf("only %d reads", n)
	}
}

// readProcesses reads until stop is called, which returns the number of reads.
func readProcesses(t *testing.T, c *Client) (stop func() int64) {
	var (
		wg    sync.WaitGroup
		done  atomic.Bool
		reads atomic.Int64
	)
	m := machine.Start(t)
	for range 16 {
		wg.Go(func() {
			for !done.Load() {
				key := processKey(rand.IntN(processKeys))
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				start := time.Now()
				v, err := c.Get(ctx, key)
				cancel()
				took := time.Since(start)
				if err == nil && string(v) != "value of "+key {
					t.Errorf("%s is %q", key, v)
				}
				// Three members share the second.
				if stall := m.Stall(); err != nil && stall > 100*time.Millisecond {
					t.Logf("not held against the client, the machine stood still for %v: %v", stall, err)
				} else if err != nil {
					t.Errorf("a read failed after %v: %v", took, err)
				}
				reads.Add(1)
				time.Sleep(time.Millisecond)
			}
		})
	}
	return func() int64 {
		done.Store(true)
		wg.Wait()
		return reads.Load()
	}
}
