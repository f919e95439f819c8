//go:build linux

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// resourceAttacks take resources away from a node.
func resourceAttacks() []attack {
	small := settings{common: map[string]any{"max_memory": 1 << 20}}
	few := settings{files: 128}
	return []attack{
		{family: "resources", name: "descriptors exhausted", full: 2000, quick: 300, settings: few,
			line: passLine{errors: true}, run: descriptors},
		{family: "resources", name: "values of every size at a budget of 1 MB", full: 13_000, quick: 2000, settings: small, run: everySize},
		{family: "resources", name: "values of every size", full: 13_000, quick: 1000, run: everySize},
		{family: "resources", name: "memory limit of a cgroup near the budget", full: 20_000, quick: 0, plainOnly: true, // the race detector takes several times the memory
			settings: settings{common: map[string]any{"max_memory": 48 << 20, "client_buffers": 16 << 20}}, line: passLine{slow: true}, run: cgroup},
		{family: "resources", name: "log on a full disk", full: 2000, quick: 100,
			settings: settings{common: map[string]any{"production": true}, logging: map[string]any{"file": "/dev/full", "level": "debug"}}, run: noisy},
		{family: "resources", name: "log folder gone, SIGHUP", full: 200, quick: 10,
			settings: settings{common: map[string]any{"production": true}, logging: map[string]any{"file": "logs/node.log", "level": "debug"}, folders: []string{"logs"}}, run: logGone},
		{family: "resources", name: "seconds with processor hogs on all cores", full: 10, quick: 1, line: passLine{slow: true}, run: hogs},
		{family: "resources", name: "seconds stopped (SIGSTOP) and continued", full: 10, quick: 1, line: passLine{slow: true}, run: stopped},
		{family: "resources", name: "requests at GOMAXPROCS 1, collections after each MB", full: 100_000, quick: 5000,
			settings: settings{env: []string{"GOMAXPROCS=1", "GOGC=1"}}, run: manyRequests},
		{family: "resources", name: "goroutines of half-closed connections", full: 1000, quick: 50, run: drainers},
	}
}

// descriptors opens more connections than the node has descriptors, keeps them, and checks that the node neither
// spins nor keeps refusing connections afterwards.
func descriptors(f *field) error {
	err := f.keep(f.conn, func([]net.Conn) error {
		const watch = time.Second
		before, err := sut.CPUTime(f.node.pid())
		if err != nil {
			return err
		}
		time.Sleep(watch)
		after, err := sut.CPUTime(f.node.pid())
		if used := after - before; err == nil && used > watch*3/4 {
			err = fmt.Errorf("without descriptors the node used %v of processor time in %v", used, watch)
		}
		return err
	})
	if err != nil {
		return err
	}
	return nodeprocess.Await(f.ctx, 10*time.Second, often, func() error { return greet(f.ctx, f.node.address) })
}

// everySize writes values of every size; a read must return the value or nothing.
func everySize(f *field) error {
	return f.eachConn(4, func(i int, r *rand.Rand, c *peer) error {
		const key = 1 << 20 // well-behaved clients have those below
		size := 1 + i*65_000/f.count
		value := string(f.values.Append(nil, key+uint64(i), 1, size))
		if _, err := c.Do(20*time.Second, "SET", keyName(key+uint64(i)), value); err != nil {
			return fmt.Errorf("SET of %d bytes: %w", size, err)
		}
		other := key + uint64(r.IntN(i+1))
		rep, err := c.Do(20*time.Second, "GET", keyName(other))
		if err != nil {
			return err
		}
		if _, _, ok := f.values.Check(other, []byte(rep.Text)); !rep.Null && !ok {
			return fmt.Errorf("%s holds %v", keyName(other), rep)
		}
		return nil
	})
}

// cgroup moves the node to a memory cgroup that has little more than its budget, and fills it.
func cgroup(f *field) error {
	path := fmt.Sprintf("/sys/fs/cgroup/memory/torture%d", os.Getpid())
	limit := "memory.limit_in_bytes"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		path, limit = fmt.Sprintf("/sys/fs/cgroup/torture%d", os.Getpid()), "memory.max"
	}
	err := os.Mkdir(path, 0o755)
	if err == nil {
		defer os.Remove(path) //nolint:errcheck // it is empty once the node has ended
		err = os.WriteFile(filepath.Join(path, limit), fmt.Append(nil, 48<<20+16<<20+64<<20), 0)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(path, "cgroup.procs"), fmt.Append(nil, f.node.pid()), 0)
	}
	if err != nil {
		return fmt.Errorf("%w: no memory cgroup can be made here: %w", errSkipped, err)
	}
	defer os.WriteFile(filepath.Join(filepath.Dir(path), "cgroup.procs"), fmt.Append(nil, f.node.pid()), 0) //nolint:errcheck // back to where it was
	return everySize(f)
}

// noisy repeats requests that the node logs.
func noisy(f *field) error {
	return f.each(4, func(i int, _ *rand.Rand) error { return f.wrongRequest(i) })
}

// wrongRequest breaks the protocol, which is logged.
func (f *field) wrongRequest(i int) error { return f.throw(i, []byte("*1\r\n$x\r\n")) }

// logGone removes the log's folder, has the node reopen the log there, and restores the folder.
func logGone(f *field) error {
	logs := filepath.Join(f.node.folder, "logs")
	return f.each(1, func(i int, _ *rand.Rand) error {
		if i%2 == 0 {
			if err := os.RemoveAll(logs); err != nil {
				return err
			}
		} else if err := os.MkdirAll(logs, 0o755); err != nil {
			return err
		}
		if err := f.node.process.Signal(syscall.SIGHUP); err != nil {
			return err
		}
		return f.wrongRequest(i)
	})
}

// drainers half-close with replies outstanding, so that each connection gets a goroutine of the node.
func drainers(f *field) error {
	if err := f.store("drain", 1, bigValue); err != nil {
		return err
	}
	return f.hold(pick(f, 3*time.Second, 500*time.Millisecond), func(_ int, c net.Conn) error {
		if _, err := io.WriteString(c, strings.Repeat("GET drain0\n", 100)); err != nil && !gone(err) {
			return err
		}
		tcp(c).CloseWrite() //nolint:errcheck // the node may have closed
		return nil
	})
}
