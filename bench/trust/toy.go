package trust

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// ServeToy serves a map until in ends, and does so many steps of needless work for each request: a server whose cost is
// known, because it was made. It writes its address to out.
func ServeToy(steps int, in io.Reader, out io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s := &liar{l: listener, steps: steps, store: map[string]string{}}
	var all sync.WaitGroup
	all.Go(func() { s.accept(&all) })
	_, err = fmt.Fprintln(out, listener.Addr())
	if err == nil {
		_, err = io.Copy(io.Discard, in) // until whoever started it has ended
	}
	return errors.Join(err, listener.Close())
}

// burn does steps that depend on each other, each of a few processor cycles.
func burn(steps int, x uint64) uint64 {
	for range steps {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

// openToy starts a toy in a process of its own: toy:?steps=N.
func openToy(ctx context.Context, rest string, o sut.Options) (*sut.Target, error) {
	q, err := url.ParseQuery(strings.TrimPrefix(rest, "?"))
	if err != nil {
		return nil, err
	}
	steps, err := strconv.Atoi(q.Get("steps"))
	if err != nil {
		return nil, fmt.Errorf("steps: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.Command(self, "toy", "--steps", strconv.Itoa(steps))
	c.Env = append(os.Environ(), "GOMAXPROCS=1")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	said, err := c.StdoutPipe()
	if err == nil {
		err = startOn(o.Cores, c)
	}
	if err != nil {
		return nil, fmt.Errorf("start a toy: %w", err)
	}
	t := &sut.Target{PID: c.Process.Pid, Cores: o.Cores}
	t.OnClose(func() error {
		err := in.Close()
		stop := time.AfterFunc(5*time.Second, func() { c.Process.Signal(syscall.SIGKILL) }) //nolint:errcheck // it has ended
		defer stop.Stop()
		return errors.Join(err, c.Wait())
	})
	address, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the toy says no address: %w", err), t.Close())
	}
	t.Wire = &sut.Wire{Network: "tcp", Address: strings.TrimSpace(address), Dialect: sut.RESP{}}
	return t, ctx.Err()
}

// startOn starts a program on cores; none: all.
func startOn(cores []int, c *exec.Cmd) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // the thread ends with the goroutine: its cores are inherited and then forgotten
		if len(cores) > 0 {
			if err = sut.Pin(cores); err != nil {
				return
			}
		}
		err = c.Start()
	}()
	<-done
	return err
}
