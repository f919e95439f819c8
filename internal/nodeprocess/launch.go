package nodeprocess

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Process is a program that Launch started.
type Process struct {
	// Said holds the end of its standard output and error, if the command did not redirect them.
	Said Tail

	cmd   *exec.Cmd
	ended chan struct{}
	err   error // of Wait; valid once ended is closed
}

// Launch starts cmd in a new process group, so that a terminal's Ctrl-C does not reach it. On Linux the process is killed
// when this one ends, however it ends. If on is not nil, it must call start, which starts the process: the process inherits
// the processor affinity and the priority that on gives its thread. That thread must live as long as the process; the one
// that calls on does.
func Launch(cmd *exec.Cmd, on func(start func() error) error) (*Process, error) {
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	if cmd.Stdout == nil && cmd.Stderr == nil {
		cmd.Stdout, cmd.Stderr = &p.Said, &p.Said
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.start(on); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Process) startOn(on func(start func() error) error) error {
	if on == nil {
		return p.cmd.Start()
	}
	return on(p.cmd.Start)
}

// wait returns when the process has ended.
func (p *Process) wait() {
	p.err = p.cmd.Wait()
	close(p.ended)
}

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended is closed when it has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Alive reports whether it has not ended. A nil process, which was never started, counts as ended.
func (p *Process) Alive() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Failure describes the unexpected end of a process, with the last line of its output. It wraps ErrEnded.
func (p *Process) Failure() error {
	<-p.ended
	how := p.err
	if how == nil {
		how = errors.New("exit status 0")
	}
	return fmt.Errorf("%w (%w): %s", ErrEnded, how, p.Said.Last())
}

// Kill ends it at once, with all processes of its process group, and returns when it has ended.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL) // it may have ended
	<-p.ended
}

// Signal sends a signal to it alone.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// State is its exit status and resource usage; valid once Ended is closed.
func (p *Process) State() *os.ProcessState { return p.cmd.ProcessState }

// Stop interrupts it, and kills it if it has not ended after grace.
func (p *Process) Stop(grace time.Duration) { _ = p.End(os.Interrupt, grace) }

// End sends a signal that ends it. One that has not ended after grace is killed, which is an error.
func (p *Process) End(s os.Signal, grace time.Duration) error {
	_ = p.Signal(s) // it may have ended
	select {
	case <-p.ended:
		return nil
	case <-time.After(grace):
		p.Kill()
		return fmt.Errorf("it has not ended %v after the signal %v", grace, s)
	}
}
