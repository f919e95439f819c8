package agent

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// Patience is for how long nothing may be heard of the other side, by default.
const Patience = 10 * time.Second

// maxLinks bounds the connections to an agent.
const maxLinks = 64

// Agent makes load for a driver. One driver is served at a time.
type Agent struct {
	Schemes  sut.Schemes
	Token    string        // that drivers must show; empty: none
	Cores    []int         // to which the generator's threads are bound; none: all
	Patience time.Duration // 0: Patience
	Log      func(format string, args ...any)

	clocks clocks
	mu     sync.Mutex
	driver string // that is served; empty: none
	links  int    // of that driver
}

// Loopback reports whether only this machine can reach an address to listen on.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// Serve serves drivers until ctx ends, and then returns nil once all load has ended.
func (a *Agent) Serve(ctx context.Context, l net.Listener) error {
	if !Loopback(l.Addr().String()) && a.Token == "" {
		return errors.Join(fmt.Errorf("listening on %s without a token: anybody who reaches it could make it load any server", l.Addr()), l.Close())
	}
	if a.Patience == 0 {
		a.Patience = Patience
	}
	if a.clocks.base.IsZero() {
		a.clocks.base = time.Now()
	}
	ended := context.AfterFunc(ctx, func() { l.Close() }) //nolint:errcheck // it ends Accept
	defer ended()
	slots := make(chan struct{}, maxLinks)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("accept a driver: %w", err)
		}
		select {
		case slots <- struct{}{}:
			all.Go(func() {
				a.serve(ctx, c)
				<-slots
			})
		default:
			c.Close() //nolint:errcheck // nothing was said
		}
	}
}

// serve serves one connection.
func (a *Agent) serve(ctx context.Context, c net.Conn) {
	defer c.Close() //nolint:errcheck // nothing more is sent
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := context.AfterFunc(ctx, func() { c.Close() }) //nolint:errcheck // it ends a read
	defer ended()
	l := newLink(c, a.Patience)
	if err := a.greet(l); err != nil {
		a.Log("%s: %v", c.RemoteAddr(), err)
		return
	}
	defer a.leave()
	s := &serving{a: a, l: l, start: make(chan int64, 1)}
	var beating sync.WaitGroup
	beating.Go(func() { l.beat(ctx) })
	err := s.run(ctx)
	cancel()
	beating.Wait()
	a.Log("%s: ended: %v", c.RemoteAddr(), errors.Join(err, s.close()))
}

// greet lets a driver in that knows the token, and returns its name.
func (a *Agent) greet(l *link) error {
	m, err := l.receive(mostHello)
	if err != nil {
		return err
	}
	switch {
	case m.Kind != sayHello || m.Hello == nil:
		err = errors.New("the first message is no hello")
	case !same(m.Hello.Token, a.Token):
		err = errors.New("the token is wrong")
	case m.Hello.Version != Version:
		err = fmt.Errorf("the driver speaks version %d of the protocol, this agent version %d", m.Hello.Version, Version)
	case !a.enter(m.Hello.Driver):
		err = errors.New("it serves another driver")
	}
	if err != nil {
		return errors.Join(err, l.send(&message{Kind: sayWelcome, Error: err.Error()}))
	}
	host, _ := os.Hostname() // it is only shown
	if err := l.send(&message{Kind: sayWelcome, Welcome: &welcome{Version: Version, Host: host, Cores: runtime.NumCPU()}}); err != nil {
		a.leave()
		return err
	}
	a.Log("%s: serving driver %s", l.conn.RemoteAddr(), m.Hello.Driver)
	return nil
}

// same compares a token with the agent's in a time that tells nothing of it. An agent without one takes any.
func same(got, want string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return want == "" || subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// enter notes a connection of a driver; false: another driver is served.
func (a *Agent) enter(driver string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.links > 0 && a.driver != driver {
		return false
	}
	a.driver = driver
	a.links++
	return true
}

func (a *Agent) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.links--
}
