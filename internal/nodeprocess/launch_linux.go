package nodeprocess

import (
	"runtime"
	"syscall"
)

// start starts the process on a thread that stays as long as the process: a child is killed with the thread that
// started it, not with the process.
func (p *Process) start(on func(start func() error) error) error {
	p.cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked, so that the thread ends with the goroutine
		err := p.startOn(on)
		started <- err
		if err == nil {
			p.wait()
		}
	}()
	return <-started
}
