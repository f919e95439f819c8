package sim

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/replica"
)

// regroups reports whether in this seed secondaries leave and join the group while its primary runs. The choice avoids
// seeds that are named for other events.
func (w *world) regroups() bool { return w.seed%10 == 3 || w.seed%10 == 5 }

// regrouping makes secondaries leave and join at random times. It draws from its own source, so that other seeds' runs do
// not change.
func (w *world) regrouping() {
	if !w.regroups() {
		return
	}
	chance := rand.New(rand.NewPCG(w.seed, 0x3e3b))
	w.every(500*time.Millisecond, func() {
		n := w.nodes[chance.IntN(len(w.nodes))]
		for _, s := range w.nodes { // prefer one in the middle of a full sync
			if s.alive && s.second != nil && s.second.Status(s.now()).Syncing && chance.IntN(2) == 0 {
				n = s
			}
		}
		p := w.lead()
		switch {
		case w.calm || n == p:
		case chance.IntN(3) == 0:
			if p.alive && p.primary != nil {
				w.note("%s is dialed anew", n.id)
				p.primary.Reconnect(n.id)
			}
		default:
			w.out[n.index] = !w.out[n.index]
			w.note("the config has %s as a secondary: %v", n.id, !w.out[n.index])
			if !w.reload() { // as an operator reverts the change
				w.out[n.index] = !w.out[n.index]
			}
		}
	})
}

// rejoin makes all nodes members again, and repeats the reload until the primary accepts it.
func (w *world) rejoin() {
	clear(w.out)
	if !w.reload() {
		w.after(500*time.Millisecond, w.rejoin)
	}
}

// reload gives the primary the secondaries of the config. It reports whether the primary has them, or will at its start.
func (w *world) reload() bool {
	p := w.lead()
	if !p.alive || p.primary == nil {
		return true
	}
	err := p.primary.SetSecondaries(w.secondariesOf(p))
	if err != nil && !errors.Is(err, replica.ErrRecovering) {
		w.fail("reload: %v", err)
	}
	p.drive()
	return err == nil
}

// secondariesOf returns the ids of p's secondaries in the config.
func (w *world) secondariesOf(p *node) (ids []string) {
	for _, n := range w.nodes {
		if n != p && !w.out[n.index] {
			ids = append(ids, n.id)
		}
	}
	return ids
}

// drive gives each of the primary's links a driver and ends the drivers of removed links, as replica.Runner does.
func (n *node) drive() {
	links := n.primary.Links()
	n.drivers = slices.DeleteFunc(n.drivers, func(d *linkDriver) bool {
		gone := !slices.Contains(links, d.link)
		if gone {
			d.leave()
		}
		return gone
	})
	for _, l := range links {
		if slices.ContainsFunc(n.drivers, func(d *linkDriver) bool { return d.link == l }) {
			continue
		}
		d := &linkDriver{w: n.w, n: n, run: n.run, peer: n.w.nodes[slices.Index(n.w.ids(), l.ID())], link: l}
		n.drivers = append(n.drivers, d)
		l.OnWake(d.poke)
		d.poke()
	}
}

// leave ends the driver of a removed link.
func (d *linkDriver) leave() {
	d.left = true
	if c := d.c; c != nil {
		d.c = nil
		c.close()
	}
	if d.w.mutation != NoLeave {
		d.link.Leave()
	}
}
