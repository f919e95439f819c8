package replica

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// Runner drives a primary's links over the network.
type Runner struct {
	Primary *Primary
	// Dial connects to the secondary called id.
	Dial func(ctx context.Context, id string) (net.Conn, error)
	// Clock returns the time on the scale of NewPrimary's now.
	Clock func() time.Duration
}

// dialTimeout bounds an attempt to connect, so that a host that is down does not
// delay the recovery of a primary that starts.
const dialTimeout = 2 * time.Second

// Run drives the primary's links, also those that are added meanwhile, until ctx is done.
func (r *Runner) Run(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	driven := map[*Link]context.CancelFunc{}
	for {
		links := r.Primary.Links()
		for l, stop := range driven {
			if !slices.Contains(links, l) {
				stop()
				delete(driven, l)
			}
		}
		for _, l := range links {
			if driven[l] == nil {
				own, stop := context.WithCancel(ctx)
				driven[l] = stop
				all.Go(func() { r.drive(own, l) })
			}
		}
		select {
		case <-r.Primary.Changed():
		case <-ctx.Done():
			return
		}
	}
}

// driver carries out the actions of one link.
type driver struct {
	*Runner
	link *Link
	conn net.Conn
	read chan struct{} // closed once conn's reader has ended

	mu   sync.Mutex
	open net.Conn // conn, for unblock
	over bool
}

// unblock closes the connection, and any that dial makes later, so that no read or write of it blocks.
func (d *driver) unblock() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over = true; d.open != nil {
		d.open.Close() //nolint:errcheck // no longer used
	}
}

func (r *Runner) drive(ctx context.Context, l *Link) {
	d := &driver{Runner: r, link: l}
	woken := make(chan struct{}, 1)
	l.OnWake(func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	stop := context.AfterFunc(ctx, func() {
		l.wake()
		d.unblock()
	})
	defer stop()
	defer l.Leave()
	defer d.close()
	for ctx.Err() == nil {
		now := r.Clock()
		switch a := l.Next(now); a.Do {
		case DoDial:
			d.dial(ctx)
		case DoSend:
			d.send(a.Data)
		case DoClose:
			d.close()
		case DoWait:
			timer.Reset(min(a.Until-now, time.Hour))
			select {
			case <-woken:
			case <-timer.C:
			}
		}
	}
}

func (d *driver) dial(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := d.Dial(ctx, d.link.id)
	d.link.Dialed(d.Clock(), err)
	if err != nil {
		return
	}
	d.conn, d.read = conn, make(chan struct{})
	d.mu.Lock()
	if d.open = conn; d.over {
		conn.Close() //nolint:errcheck // no longer used
	}
	d.mu.Unlock()
	go d.receive(conn, d.read)
}

// receiveBuffer holds several frames, so that most are applied from it without being copied.
const receiveBuffer = 256 << 10

func (d *driver) receive(conn net.Conn, done chan struct{}) {
	defer close(done)
	buf := make([]byte, receiveBuffer)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			d.link.Received(d.Clock(), buf[:n])
		}
		if err != nil {
			d.link.Broken(err)
			return
		}
	}
}

// send blocks until the kernel has taken b: that is the back-pressure.
func (d *driver) send(b []byte) {
	err := d.conn.SetWriteDeadline(time.Now().Add(missedBeats * d.Primary.opts.Beat))
	if err == nil {
		_, err = d.conn.Write(b)
	}
	if err != nil {
		if errors.Is(err, net.ErrClosed) {
			err = errSilent
		}
		d.link.Broken(err)
	}
}

// close closes the connection and waits for its reader, so that nothing of it reaches the link any more.
func (d *driver) close() {
	if d.conn == nil {
		return
	}
	d.conn.Close() //nolint:errcheck // no longer used
	<-d.read
	d.conn = nil
}
