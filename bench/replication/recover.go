//go:build linux

package replication

import (
	"fmt"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// moved is how many bytes of keys and values the part "recover" moves.
const moved = 500e6

// recovery measures how fast data moves between a primary and a secondary without other clients: in a full sync of a new
// secondary, and when a primary comes back empty and recovers everything from the secondary.
func (k *kind) recovery() error {
	if !k.ours() {
		return nil // a redis-server without persistence comes back empty, and empties its replicas
	}
	for _, text := range k.Sizes {
		size, err := strconv.Atoi(text)
		if err != nil {
			return err
		}
		if err := k.recoverSized(size); err != nil {
			return err
		}
	}
	return nil
}

func (k *kind) recoverSized(size int) (err error) {
	g, err := k.group(1)
	if err != nil {
		return err
	}
	defer ended(g, &err)
	p, err := g.Start(k.ctx, 0)
	if err != nil {
		return err
	}
	entries := int(moved) / (size + keyLen)
	if err := fill(k.ctx, p, entries, size); err != nil {
		return err
	}
	before := used(p)
	s, err := g.Start(k.ctx, 1)
	if err != nil {
		return err
	}
	if err := p.Shows(k.ctx, "slave0:", time.Minute); err != nil {
		return err
	}
	began := time.Now()
	if err := p.InStep(k.ctx, 1, time.Minute, 100*time.Millisecond); err != nil {
		return err
	}
	tell := func(what string, took, giver, taker time.Duration) {
		mb := float64(entries*(size+keyLen)) / 1e6
		k.report("recover: %s, values of %d bytes: %.0f MB in %v, %.0f MB/s; CPU %.2f + %.2f ms a MB (giver + taker)", what, size, mb,
			took.Round(time.Millisecond), mb/took.Seconds(), giver.Seconds()*1e3/mb, taker.Seconds()*1e3/mb)
	}
	tell("full sync", time.Since(began), used(p)-before, used(s))
	g.Nodes[0].Kill()
	before, began = used(s), time.Now()
	if p, err = g.Start(k.ctx, 0); err != nil { // it answers once it is serving
		return err
	}
	tell("primary back", time.Since(began), used(s)-before, used(p))
	quiet, err := probe(k.ctx, s, readProbe, func() error { return sut.Pause(k.ctx, 2*time.Second) })
	if err != nil {
		return err
	}
	g.Nodes[0].Kill()
	began = time.Now()
	during, err := probe(k.ctx, s, readProbe, func() error { _, err := g.Start(k.ctx, 0); return err })
	if err != nil {
		return fmt.Errorf("a client of the giver: %w", err)
	}
	k.report("recover: primary back, values of %d bytes, in %v beside a client of the giver; its GETs before: %v; meanwhile: %v", size,
		time.Since(began).Round(time.Millisecond), quiet, during)
	return nil
}
