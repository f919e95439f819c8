//go:build linux

package replication

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/internal/netfault"
)

// lag measures how long until a write is visible on a secondary.
func (k *kind) lag() (err error) {
	g, err := k.group(2)
	if err != nil {
		return err
	}
	defer ended(g, &err)
	all, err := g.StartAll(k.ctx)
	if err != nil {
		return err
	}
	w, err := write(k.ctx, all[0], k.Rate, 100_000)
	if err != nil {
		return err
	}
	seen, err := visible(k.ctx, all[0], all[1], k.Duration)
	w.end() //nolint:errcheck // the measured lag matters more
	k.report("lag: at %d writes/s until visible: %v", int(float64(w.n)/k.Duration.Seconds()), seen)
	return err
}

func visible(ctx context.Context, primary, secondary *sut.Target, d time.Duration) (t times, err error) {
	w, err := primary.Wire.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer w.Close() //nolint:errcheck // done with it
	r, err := secondary.Wire.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // done with it
	began := time.Now()
	for i := 0; time.Since(began) < d && ctx.Err() == nil; i++ {
		text := fmt.Sprint(i)
		at := time.Now()
		if _, err := w.Do(replyWithin, "SET", "visible", text); err != nil {
			return t, err
		}
		for {
			got, err := r.Do(replyWithin, "GET", "visible")
			if err != nil {
				return t, err
			}
			if got.Text == text {
				break
			}
			if time.Since(at) > 10*time.Second {
				return t, fmt.Errorf("not visible after 10 s")
			}
			time.Sleep(50 * time.Microsecond)
		}
		t = append(t, time.Since(at))
		time.Sleep(time.Millisecond)
	}
	return t, ctx.Err()
}

// fullSync starts a secondary of a filled primary during writes. A node beside, which has nothing to do with them, shows
// what a single write takes there meanwhile: the processors alone cost that.
func (k *kind) fullSync() (err error) {
	g, err := k.group(1)
	if err != nil {
		return err
	}
	defer ended(g, &err)
	p, err := g.Start(k.ctx, 0)
	if err != nil {
		return err
	}
	apart, err := k.group(0)
	if err != nil {
		return err
	}
	defer ended(apart, &err)
	beside, err := apart.Start(k.ctx, 0)
	if err != nil {
		return err
	}
	if err := fill(k.ctx, p, k.Entries, valueLen); err != nil {
		return err
	}
	quiet, err := k.underLoad(func() error { return sut.Pause(k.ctx, 3*time.Second) }, p, beside)
	if err != nil {
		return err
	}
	var s *sut.Target
	before := used(p)
	var took time.Duration
	during, err := k.underLoad(func() (err error) {
		s, took, err = k.synced(g, p)
		return err
	}, p, beside)
	if err != nil {
		return err
	}
	k.report("sync: %d entries in %v, CPU %v + %v; writes before: %v; meanwhile: %v (p99 %.2fx); at a node beside p99 %v, %v (%.2fx)", k.Entries,
		took.Round(time.Millisecond), (used(p) - before).Round(time.Millisecond), used(s).Round(time.Millisecond), quiet[0], during[0], during[0].over(quiet[0]),
		quiet[1].at(0.99).Round(10*time.Microsecond), during[1].at(0.99).Round(10*time.Microsecond), during[1].over(quiet[1]))
	return nil
}

// synced starts the secondary of p, and returns it with the time that its full sync took.
func (k *kind) synced(g *sut.Group, p *sut.Target) (s *sut.Target, took time.Duration, err error) {
	if s, err = g.Start(k.ctx, 1); err != nil {
		return nil, 0, err
	}
	if err := p.Shows(k.ctx, "slave0:", time.Minute); err != nil { // the primary may take 5 s to retry
		return nil, 0, err
	}
	began := time.Now()
	err = p.InStep(k.ctx, 1, time.Minute, 0)
	return s, time.Since(began), err
}

// underLoad calls do during a load of 10,000 writes a second on the first of targets, and returns the latencies of single writes
// on each of them.
func (k *kind) underLoad(do func() error, targets ...*sut.Target) (all []times, err error) {
	w, err := write(k.ctx, targets[0], 10_000, k.Entries)
	if err != nil {
		return nil, err
	}
	all = make([]times, len(targets))
	inside := func() error {
		if err := sut.Pause(k.ctx, 300*time.Millisecond); err != nil {
			return err
		}
		return do()
	}
	for i, t := range targets {
		within := inside
		inside = func() (err error) {
			all[i], err = probe(k.ctx, t, writeProbe, within)
			return err
		}
	}
	err = inside()
	if e := w.end(); err == nil {
		err = e
	}
	return all, err
}

// partialSync breaks the link for 5 s during writes.
func (k *kind) partialSync() (err error) {
	g, err := k.group(1)
	if err != nil {
		return err
	}
	defer ended(g, &err)
	at, first := 1, 1 // bytes that the gate accepts while the secondary is away would pass for its answers
	if !k.ours() {
		at, first = 0, 0 // redis' secondaries connect to the primary
	}
	gate, err := netfault.New(g.Nodes[at].Address, 1)
	if err != nil {
		return err
	}
	defer gate.Close()
	g.Nodes[at].Via = gate.Address
	var all [2]*sut.Target
	for _, i := range []int{first, 1 - first} {
		if all[i], err = g.Start(k.ctx, i); err != nil {
			return err
		}
	}
	p := all[0]
	if err := p.InStep(k.ctx, 1, 30*time.Second, 0); err != nil {
		return err
	}
	var took time.Duration
	_, err = k.underLoad(func() error {
		gate.Does(netfault.Fault{Refuse: true})
		gate.Cut()
		if err := sut.Pause(k.ctx, 5*time.Second); err != nil {
			return err
		}
		opened := gate.Next()
		gate.Does(netfault.Fault{})
		if err := p.InStep(k.ctx, 1, 30*time.Second, 0); err != nil {
			return err
		}
		took = time.Since(<-opened)
		return nil
	}, p)
	if err != nil {
		return err
	}
	c, err := p.Wire.Connect(k.ctx)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // done with it
	info, err := c.Do(replyWithin, "INFO", "stats")
	var syncs []string
	for _, line := range strings.Split(info.Text, "\r\n") {
		if strings.HasPrefix(line, "sync_") {
			syncs = append(syncs, line)
		}
	}
	k.report("partial: in step %v after the connection is back, 5 s of 10,000 writes/s later (%s)", took.Round(time.Millisecond), strings.Join(syncs, ", "))
	return err
}
