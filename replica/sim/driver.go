package sim

import (
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/replica"
)

// linkDriver does what a link says, over simulated connections.
type linkDriver struct {
	w      *world
	n      *node
	run    int
	peer   *node
	link   *replica.Link
	c      *conn
	poked  bool
	waitNo int
}

func (d *linkDriver) live() bool { return d.n.alive && d.n.run == d.run }

// poke has the link asked soon.
func (d *linkDriver) poke() {
	if !d.poked {
		d.poked = true
		d.w.after(0, func() { d.poked = false; d.step() })
	}
}

func (d *linkDriver) step() {
	d.waitNo++
	for d.live() && d.w.err == nil {
		if d.c != nil && d.c.out.flying > d.w.params.window {
			return // as if blocked in a write; delivery pokes
		}
		a := d.link.Next(d.w.now)
		d.w.notice(d.n)
		if held := d.link.Held(); held > 2<<20 {
			d.w.fail("a link holds %d bytes", held)
		}
		switch a.Do {
		case replica.DoWait:
			no := d.waitNo
			if a.Until-d.w.now < time.Hour {
				d.w.after(a.Until-d.w.now, func() {
					if d.waitNo == no {
						d.step()
					}
				})
			}
			return
		case replica.DoDial:
			d.dial()
		case replica.DoSend:
			if d.c != nil {
				d.c.out.send(a.Data)
			}
		case replica.DoClose:
			if c := d.c; c != nil {
				d.c = nil
				c.close()
			}
		}
	}
}

func (d *linkDriver) dial() {
	w := d.w
	w.after(w.upTo(w.params.delay), func() {
		if !d.live() {
			return
		}
		blocked := w.blocked[[2]int{d.n.index, d.peer.index}] || w.blocked[[2]int{d.peer.index, d.n.index}]
		switch {
		case blocked:
			w.after(time.Second, func() {
				if d.live() {
					d.link.Dialed(w.now, errTimeout)
					d.poke()
				}
			})
			return
		case !d.peer.alive:
			d.link.Dialed(w.now, errRefused)
		default:
			d.c = w.connect(d, d.peer)
			d.link.Dialed(w.now, nil)
		}
		d.poke()
	})
}

func (d *linkDriver) receive(b []byte) {
	if d.live() {
		d.link.Received(d.w.now, b)
		d.poke()
	}
}

func (d *linkDriver) broken(c *conn) {
	if d.live() && d.c == c {
		d.c = nil
		d.link.Broken(errReset)
		d.poke()
	}
}

// acceptor is a secondary's end of a connection.
type acceptor struct {
	w      *world
	n      *node
	run    int
	c      *conn
	stream *replica.Stream
	donor  *replica.Donor // instead of stream: it gives its data only
	in     []byte
	queued bool
}

func (a *acceptor) live() bool { return a.n.alive && a.n.run == a.run }

func (a *acceptor) receive(b []byte) {
	if a.live() {
		a.in = append(a.in, b...)
		a.turn()
	}
}

// turn runs the stream after a while, and again as long as it has something to do.
func (a *acceptor) turn() {
	if a.queued {
		return
	}
	a.queued = true
	a.w.after(a.w.upTo(a.w.params.slow), func() {
		a.queued = false
		if !a.live() || a.w.err != nil {
			return
		}
		if a.stream == nil && a.donor == nil && !a.open() {
			return
		}
		if a.c.closed && len(a.in) == 0 {
			return
		}
		limit := 1 + a.w.rnd.IntN(64<<10)
		used, out, err := a.work(limit)
		a.in = a.in[used:]
		a.c.back.send(out)
		if err != nil {
			a.w.note("%s closes a stream: %v", a.n.id, err)
			a.c.close()
			return
		}
		if (a.stream != nil && a.stream.More() || a.donor != nil && a.donor.More()) && !a.c.closed {
			a.turn()
		}
	})
}

// work has the stream, or the donor, do something.
func (a *acceptor) work(limit int) (used int, out []byte, err error) {
	if a.donor != nil {
		return a.donor.Run(a.in, nil, limit)
	}
	used, out, err = a.stream.Run(a.w.now, a.in, nil, limit)
	if a.n.second.Status(a.w.now).Syncing {
		a.n.follows = a.c.link.n.history
	}
	a.w.checkStep(a.n, a.w.rnd.IntN(50) == 0)
	return used, out, err
}

// open waits for the greeting and answers it.
func (a *acceptor) open() bool {
	args, n := wire.Whole(a.in, 0, nil)
	if n == 0 {
		return false
	}
	var words []string
	for _, s := range args[2:] {
		words = append(words, string(s.Of(a.in)))
	}
	take := string(args[1].Of(a.in)) == "TAKE"
	a.in = a.in[n:]
	if take {
		return a.give(words)
	}
	if a.n.second == nil {
		answer, err := a.n.primary.Refuse(a.w.now, "sim")
		a.refuse(answer, err)
		return false
	}
	stream, answer, err := a.n.second.Open(a.w.now, "sim", words, func() { a.c.close() })
	if err != nil {
		a.refuse(answer, err)
		return false
	}
	a.c.back.send([]byte(answer))
	a.stream = stream
	return true
}

// give answers REPLICA TAKE.
func (a *acceptor) give(words []string) bool {
	var answer string
	var err error
	if a.n.second != nil {
		a.donor, answer, err = a.n.second.Take(a.w.now, "sim", words)
	} else {
		a.donor, answer, err = a.n.primary.Take(a.w.now, "sim", words)
	}
	if err != nil {
		a.refuse(answer, err)
		return false
	}
	a.c.back.send([]byte(answer))
	return true
}

// refuse ends a connection that is not for this node, as there are while a config changes.
func (a *acceptor) refuse(answer string, err error) {
	if !a.w.params.changes {
		a.w.fail("refused: %v", err)
	}
	a.c.back.send([]byte(answer))
	a.w.after(a.w.params.delay, a.c.close)
}

func (a *acceptor) gone() {
	if a.live() && a.stream != nil {
		a.stream.Close(a.w.now)
	}
}
