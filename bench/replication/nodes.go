//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// kind starts servers of one make.
type kind interface {
	name() string
	// start starts a primary with secondaries at the ports given, the primary's first. The primary
	// reaches the secondaries, or they it, through the ports of via.
	start(i int, ports, via []int) (*process, error)
	// keep keeps a line that was reported.
	keep(line string)
}

// process is a server that was started.
type process struct {
	cmd  *exec.Cmd
	port int
	said nodeprocess.Tail
}

// host is where servers run: it has a folder for their files, and remembers what they said, and what was reported.
type host struct {
	folder string
	all    []*process
	lines  []string
}

func (h *host) keep(line string) { h.lines = append(h.lines, line) }

// told adds to an error what the servers said last that were started since it was last asked.
func (h *host) told(err error) error {
	for _, p := range h.all {
		if said := p.said.String(); err != nil && said != "" {
			err = fmt.Errorf("%w\n%s at port %d said:\n%s", err, filepath.Base(p.cmd.Path), p.port, said)
		}
	}
	h.all = nil
	return err
}

func (p *process) stop() {
	if p != nil && p.cmd.Process != nil {
		p.cmd.Process.Kill() //nolint:errcheck // it may have ended
		p.cmd.Wait()         //nolint:errcheck // killed
	}
}

// cpu is the processor time that the process has used, by the scheduler's own account.
func (p *process) cpu() (sum time.Duration) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for _, file := range threads {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has just ended
		}
		var ns int64
		if _, err := fmt.Sscan(string(text), &ns); err == nil {
			sum += time.Duration(ns)
		}
	}
	return sum
}

// run starts a server and waits until it answers.
func (h *host) run(port int, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), port: port}
	h.all = append(h.all, p)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if c, err := dial(port); err == nil {
			got, err := c.do("PING")
			c.Close() //nolint:errcheck // done with it
			if err == nil && got == "PONG" {
				return p, nil
			}
		}
	}
	p.stop()
	return nil, fmt.Errorf("%s does not answer", name)
}

type cachegopher struct {
	*host
	binary string
}

func (c cachegopher) name() string { return filepath.Base(c.binary) }

func (c cachegopher) start(i int, ports, via []int) (*process, error) {
	var addresses []string
	for j, port := range ports {
		if i == 0 && j > 0 {
			port = via[j]
		}
		addresses = append(addresses, fmt.Sprint("127.0.0.1:", port))
	}
	file := filepath.Join(c.folder, fmt.Sprintf("n%d.json", ports[i]))
	if err := sut.WriteConfig(file, sut.GroupAt(addresses), map[string]any{"common": map[string]any{"max_memory": "1GB", "production": true}}); err != nil {
		return nil, err
	}
	return c.run(ports[i], c.binary, "--config", file, "--server-id", fmt.Sprint("n", i))
}

type redis struct {
	*host
	binary string
}

func (redis) name() string { return "redis-server" }

func (r redis) start(i int, ports, via []int) (*process, error) {
	args := []string{"--port", strconv.Itoa(ports[i]), "--save", "", "--appendonly", "no", "--dir", r.folder,
		"--repl-backlog-size", "64mb", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", "--client-output-buffer-limit", "replica 0 0 0"}
	if i > 0 {
		args = append(args, "--replicaof", "127.0.0.1 "+strconv.Itoa(via[0]))
	}
	return r.run(ports[i], r.binary, args...)
}

// group starts a primary and so many secondaries, and waits until they are in step.
func group(k kind, secondaries int) (all []*process, err error) {
	ports, err := sut.FreePorts(1 + secondaries)
	if err != nil {
		return nil, err
	}
	for i := range ports {
		p, err := k.start(i, ports, ports)
		if err != nil {
			stopAll(all)
			return nil, err
		}
		all = append(all, p)
	}
	return all, inStep(all[0], secondaries, 30*time.Second)
}

func stopAll(all []*process) {
	for _, p := range all {
		p.stop()
	}
}

// inStep waits until so many secondaries of p have everything.
func inStep(p *process, n int, limit time.Duration) error {
	return inStepBy(p, n, limit, soon)
}

// soon is how often a server is asked whether something is so.
const soon = 5 * time.Millisecond

// inStepBy is inStep that asks only so often: a node that is asked all the time counts as in use.
func inStepBy(p *process, n int, limit, every time.Duration) error {
	return until(p, limit, every, func(info string) bool { return strings.Count(info, "state=online") == n })
}

// shown waits until p's INFO has a text.
func shown(p *process, text string, limit time.Duration) error {
	return until(p, limit, soon, func(info string) bool { return strings.Contains(info, text) })
}

func until(p *process, limit, every time.Duration, met func(info string) bool) error {
	c, err := dial(p.port)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // done with it
	info := ""
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(every) {
		if info, err = c.do("INFO", "replication"); err != nil {
			return err
		}
		if met(info) {
			return nil
		}
	}
	return fmt.Errorf("not in step after %v: %s", limit, info)
}
