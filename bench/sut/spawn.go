package sut

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startWithin is how long a server may take to answer, and its secondaries to be in step.
const startWithin = 10 * time.Second

// openSpawn starts a server on a free port, on the cores that Options name, and waits until it answers. Options of
// the URL: memory, dialect=line to speak that to our node, and secondaries=N to start as many that copy it.
func openSpawn(ctx context.Context, rest string, o Options) (*Target, error) {
	name, query, _ := strings.Cut(rest, "?")
	s, ok := spawnable[name]
	if !ok {
		return nil, errors.New("there are spawn:cachegopher, redis-server, memcached, valkey-server and pogocache")
	}
	u, err := parseRest("x?"+query, "memory", "dialect", "secondaries")
	if err != nil {
		return nil, err
	}
	memory, _, err := Budget(u.Query(), o)
	if err != nil {
		return nil, err
	}
	switch d := u.Query().Get("dialect"); {
	case d == "line" && name == "cachegopher":
		s.dialect = Line{}
	case d != "" && d != "resp":
		return nil, fmt.Errorf("dialect %q: resp, or line for cachegopher", d)
	}
	g := group{memory: memory, cores: o.Cores}
	if text := u.Query().Get("secondaries"); text != "" {
		if g.secondaries, err = strconv.Atoi(text); err != nil || g.secondaries < 0 || g.secondaries > 5 {
			return nil, fmt.Errorf("secondaries %q is not a number from 0 to 5", text)
		}
		if g.secondaries > 0 && !s.replicates {
			return nil, fmt.Errorf("secondaries: %s has none", name)
		}
	}
	if g.binary, err = findBinary(name, s, o); err != nil {
		return nil, err
	}
	if g.folder, err = os.MkdirTemp("", "cachegopher-bench"); err != nil {
		return nil, err
	}
	t := &Target{}
	t.OnClose(func() error { return os.RemoveAll(g.folder) })
	if err := s.start(ctx, t, g); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// start starts a server, and those that copy it if there are to be any, of which the first is the target.
func (s spawned) start(ctx context.Context, t *Target, g group) error {
	for len(g.ports) < 1+g.secondaries {
		port, err := FreePort()
		if err != nil {
			return err
		}
		if !slices.Contains(g.ports, port) {
			g.ports = append(g.ports, port)
		}
	}
	for i := range g.ports {
		at := Target{Wire: &Wire{Network: "tcp", Address: net.JoinHostPort("127.0.0.1", g.ports[i]), Dialect: s.dialect}}
		args, err := s.args(g, i)
		if err != nil {
			return err
		}
		if at.PID, err = launch(ctx, t, &at, exec.Command(g.binary, args...), g); err != nil {
			return err
		}
		if i == 0 {
			t.PID, t.Wire, t.Version = at.PID, at.Wire, at.Version
		}
	}
	if g.secondaries == 0 {
		return nil
	}
	return t.await(ctx, g.secondaries)
}

// launch starts one server, which t's Close stops, and waits until it answers at.
func launch(ctx context.Context, t, at *Target, cmd *exec.Cmd, g group) (pid int, err error) {
	var said Tail
	cmd.Stdout, cmd.Stderr, cmd.Dir = &said, &said, g.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C at the terminal is for us
	status, err := startOn(cmd, g.cores)
	if err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	var how error
	go func() {
		how = <-status
		close(ended)
	}()
	t.OnClose(func() error { stop(cmd, ended); return nil })
	for end := time.Now().Add(startWithin); ; {
		err = at.greet(ctx)
		if err == nil {
			return cmd.Process.Pid, nil
		}
		select {
		case <-ended:
			return 0, fmt.Errorf("it ended at once (%w): %s", how, said.Last())
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(end) {
			return 0, fmt.Errorf("it does not answer %s after its start: %w", startWithin, err)
		}
	}
}

// await waits until so many secondaries have all that the server has.
func (t *Target) await(ctx context.Context, secondaries int) error {
	for end := time.Now().Add(startWithin); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		text, err := t.ask(ctx, "*2\r\n$4\r\nINFO\r\n$11\r\nreplication\r\n*1\r\n$4\r\nQUIT\r\n")
		if err == nil && strings.Count(text, "state=online") == secondaries {
			return nil
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("its %d secondaries are not in step after %s", secondaries, startWithin)
}

// stop ends a server, by force after a while.
func stop(cmd *exec.Cmd, ended <-chan struct{}) {
	_ = cmd.Process.Signal(os.Interrupt) // it may have ended
	select {
	case <-ended:
	case <-time.After(3 * time.Second):
		_ = cmd.Process.Kill()
		<-ended
	}
}
