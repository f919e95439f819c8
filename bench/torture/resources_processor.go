//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// hogs runs two processes a core that do nothing but compute. Each fault is a second of it.
func hogs(f *field) error {
	for range 2 * runtime.NumCPU() {
		p, err := f.program.launch(exec.Command(f.program.self, "hog"))
		if err != nil {
			return err
		}
		defer p.Kill()
	}
	return f.each(1, func(int, *rand.Rand) error {
		return errors.Join(sleep(f.ctx, time.Second), greet(f.ctx, f.node.address))
	})
}

// hog computes until the process is killed.
func hog() {
	for n := uint64(1); n != 0; n = n*6364136223846793005 | 1 {
		runtime.KeepAlive(n)
	}
}

// suspend stops a node's process for a while, and lets it continue.
func (f *field) suspend(n *node, d time.Duration) error {
	if err := n.process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return errors.Join(sleep(f.ctx, d), n.process.Signal(syscall.SIGCONT))
}

// stopped suspends the node for a second at a time, with a second between.
func stopped(f *field) error {
	return f.each(1, func(int, *rand.Rand) error {
		return errors.Join(f.suspend(f.node, time.Second), greet(f.ctx, f.node.address), sleep(f.ctx, pick(f, time.Second, 100*time.Millisecond)))
	})
}

// manyRequests does small requests in pipelines of a hundred.
func manyRequests(f *field) error {
	total := f.count
	f.count /= 100
	err := f.eachConn(4, func(i int, _ *rand.Rand, c *peer) error {
		if _, err := io.WriteString(c, strings.Repeat("SET many 1\nINCR many\n", 50)); err != nil {
			return err
		}
		for range 100 {
			if line, err := c.R.ReadString('\n'); err != nil || strings.HasPrefix(line, "ERROR") {
				return fmt.Errorf("a small request is answered %q, %v", line, err)
			}
		}
		return nil
	})
	if err == nil {
		f.done.Store(int64(total))
	}
	return err
}
