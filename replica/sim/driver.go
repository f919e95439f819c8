package sim

import (
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// linkDriver carries out a link's actions over simulated connections.
type linkDriver struct {
	w      *world
	n      *node
	run    int
	peer   *node
	link   *replica.Link
	h      *history // of its primary, when it last sent
	c      *conn
	poked  bool
	waitNo int
	left   bool // the primary has removed the link
}

func (d *linkDriver) live() bool { return d.n.alive && d.n.run == d.run && !d.left }

// poke schedules a step of the link at the present time.
func (d *linkDriver) poke() {
	if !d.poked {
		d.poked = true
		d.w.after(0, func() { d.poked = false; d.step() })
	}
}

func (d *linkDriver) step() {
	w := d.w
	d.waitNo++
	if d.n.stopped() {
		d.n.onceRuns(d.step)
		return
	}
	defer d.n.woken()
	for d.live() && d.w.err == nil {
		if d.c != nil && d.c.out.flying > d.w.params.window {
			return // as if blocked in a write; delivery pokes
		}
		a := d.link.Next(d.n.now())
		d.w.notice(d.n)
		if held := d.link.Held(); held > 2<<20 {
			d.w.fail("a link holds %d bytes", held)
		}
		switch a.Do {
		case replica.DoWait:
			no := d.waitNo
			if wait := a.Until - d.n.now(); wait < time.Hour {
				d.w.after(wait, func() {
					if d.waitNo == no {
						d.step()
					}
				})
			}
			return
		case replica.DoDial:
			d.dial()
		case replica.DoSend:
			d.h = d.n.history
			if d.c != nil {
				d.c.out.send(w.mutation.epochs(d.c, w.mutation.frames(d.c, a.Data)))
			}
		case replica.DoClose:
			if c := d.c; c != nil {
				d.c = nil
				c.close()
			}
		}
	}
}

// dialTimeout bounds an attempt to connect, by a clock that advances while the node is stopped.
const dialTimeout = 2 * time.Second

func (d *linkDriver) dial() {
	w, began := d.w, d.w.now
	w.after(w.upTo(w.params.delay), func() {
		if !d.live() {
			return
		}
		if w.blocked[[2]int{d.n.index, d.peer.index}] || w.blocked[[2]int{d.peer.index, d.n.index}] {
			w.after(time.Second, func() { d.dialed(errTimeout) })
			return
		}
		d.n.onceRuns(func() {
			switch {
			case w.now-began >= dialTimeout:
				d.dialed(errTimeout)
			case !d.peer.alive || w.mutation == RefusedIsAway && d.peer.refuses != nil:
				d.dialed(errRefused)
			case d.peer.refuses != nil && d.peer.refuses.dialing != nil:
				d.dialed(w.mutation.dialing(d.peer.refuses.dialing))
			default:
				d.c = w.connect(d, d.peer)
				d.dialed(nil)
			}
		})
	})
}

// dialed reports the result of an attempt to connect to the link.
func (d *linkDriver) dialed(err error) {
	d.n.onceRuns(func() {
		if d.live() {
			d.link.Dialed(d.n.now(), err)
			d.poke()
		}
	})
}

func (d *linkDriver) receive(b []byte) {
	if d.live() {
		d.link.Received(d.n.now(), b)
		d.w.notice(d.n)
		d.poke()
		d.n.woken()
	}
}

func (d *linkDriver) broken(c *conn) {
	if d.live() && d.c == c {
		d.c = nil
		d.link.Broken(errReset)
		if e := d.n.elector; e != nil {
			e.turns.SecondariesChanged()
		}
		d.poke()
		d.w.mutation.giveUp(d.n)
	}
}
