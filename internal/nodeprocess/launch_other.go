//go:build !linux

package nodeprocess

// start starts the process.
func (p *Process) start(on func(start func() error) error) error {
	if err := p.startOn(on); err != nil {
		return err
	}
	go p.wait()
	return nil
}
