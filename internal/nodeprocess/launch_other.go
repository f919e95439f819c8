//go:build !linux

package nodeprocess

// start starts the process.
func (p *Process) start(before func() error) error {
	if before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go p.wait()
	return nil
}
