//go:build linux

package replication

import (
	"io"
	"net"
	"sync"
	"time"
)

// gate is a proxy that can be shut.
type gate struct {
	listener net.Listener
	to       string

	mu     sync.Mutex
	closed bool
	conns  []net.Conn
	opened chan time.Time // takes when the first connection came after opening
}

func newGate(to string) (*gate, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gate{listener: l, to: to}
	go g.run()
	return g, nil
}

func (g *gate) address() string { return g.listener.Addr().String() }

func (g *gate) run() {
	for {
		c, err := g.listener.Accept()
		if err != nil {
			return
		}
		s, err := net.Dial("tcp", g.to)
		g.mu.Lock()
		if g.closed || err != nil {
			c.Close() //nolint:errcheck // refused
			if s != nil {
				s.Close() //nolint:errcheck // refused
			}
			g.mu.Unlock()
			continue
		}
		if g.opened != nil {
			g.opened <- time.Now()
			g.opened = nil
		}
		g.conns = append(g.conns, c, s)
		g.mu.Unlock()
		for _, pair := range [][2]net.Conn{{c, s}, {s, c}} {
			go func() {
				io.Copy(pair[0], pair[1]) //nolint:errcheck // the gate was shut
				pair[0].Close()           //nolint:errcheck // may be closed
			}()
		}
	}
}

// shut breaks what there is and lets nothing through.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, c := range g.conns {
		c.Close() //nolint:errcheck // may be closed
	}
	g.conns = nil
}

// open lets connections through again and tells when the first came.
func (g *gate) open() <-chan time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed, g.opened = false, make(chan time.Time, 1)
	return g.opened
}

func (g *gate) close() {
	g.listener.Close() //nolint:errcheck // done with it
	g.shut()
}
