package netfault

import (
	"net"
	"time"
)

func (p *Proxy) serve(c *net.TCPConn) {
	f := p.keep(c)
	defer p.forget(c)
	if f.Says != nil {
		c.Write([]byte(*f.Says)) //nolint:errcheck // it may have gone
	}
	p.admitted(f)
	if f.Refuse || f.Says != nil {
		return
	}
	if f.Hold != nil {
		<-f.Hold
	}
	up, err := p.dial()
	if err != nil {
		return
	}
	p.keep(up)
	defer p.forget(up)
	if p.relay != nil {
		p.relay(c, up)
		return
	}
	targets := []*net.TCPConn{up}
	if f.Duplicate {
		if twin, err := p.dial(); err == nil {
			p.keep(twin)
			defer p.forget(twin)
			targets = append(targets, twin)
		}
	}
	done := make(chan struct{})
	go func() {
		p.pass(up, []*net.TCPConn{c}, func(f Fault) bool { return f.LoseUp })
		c.Close() //nolint:errcheck // ends the other direction
		close(done)
	}()
	p.pass(c, targets, func(f Fault) bool { return f.LoseDown })
	for _, to := range targets {
		to.Close() //nolint:errcheck // ends the other direction
	}
	<-done
}

func (p *Proxy) pass(from *net.TCPConn, to []*net.TCPConn, loses func(Fault) bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		for b := buf[:n]; len(b) > 0; {
			size, wait, f := p.piece(len(b))
			time.Sleep(wait)
			for i, c := range to {
				if loses(f) {
					continue
				}
				if _, err := c.Write(b[:size]); err != nil && i == 0 {
					return
				}
			}
			b = b[size:]
		}
		if err != nil {
			return
		}
	}
}

// piece says how many of n bytes to pass on, and after which delay.
func (p *Proxy) piece(n int) (size int, wait time.Duration, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f = p.fault
	if f.Split > 0 && p.rnd.IntN(f.Split) == 0 {
		n = 1 + p.rnd.IntN(n)
	}
	if f.Delay > 0 {
		wait = time.Duration(p.rnd.Int64N(int64(f.Delay)))
	}
	if f.Rate > 0 {
		wait += time.Duration(n) * time.Second / time.Duration(f.Rate)
	}
	return n, wait, f
}
