//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"time"

	"github.com/cachegopher/cachegopher/internal/netfault"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// holdbackAttacks restart the primary while the secondaries, which have all the data, are unreachable.
func holdbackAttacks() []attack {
	return []attack{
		{family: "groups", name: "kill -9 of the primary while no secondary answers properly", full: 8, quick: 1, group: true, line: away, run: holdback},
	}
}

// holdback refuses connections to the secondaries, drops what is sent to them, or stops them, for longer than a primary asks
// them for data; or it stops the primary itself as soon as it runs. No key may be missing afterwards.
func holdback(f *field) error {
	const keys = 300
	if err := f.store("held:", keys, 100); err != nil {
		return err
	}
	if rep, err := nodeprocess.Ask(f.ctx, f.node.address, "WAIT", fmt.Sprint(secondaries), "20000"); err != nil || rep.Int() != secondaries {
		return fmt.Errorf("the secondaries do not have the keys: %d, %w", rep.Int(), err)
	}
	primary := f.group.nodes[0]
	return f.each(1, func(i int, r *rand.Rand) error {
		primary.kill()
		kind := []string{"closed", "swallowed", "stopped", "the primary stopped"}[i%4]
		for j, x := range f.group.proxies {
			switch kind {
			case "closed":
				x.Does(netfault.Fault{Refuse: true})
			case "swallowed":
				x.Does(netfault.Fault{LoseUp: true})
			case "stopped":
				if err := f.group.nodes[1+j].process.Signal(syscall.SIGSTOP); err != nil {
					return err
				}
			}
		}
		if err := primary.start(); err != nil {
			return err
		}
		if kind == "the primary stopped" {
			if err := sleep(f.ctx, time.Duration(r.IntN(60))*time.Millisecond); err != nil {
				return err
			}
			if err := primary.process.Signal(syscall.SIGSTOP); err != nil {
				return err
			}
		}
		err := sleep(f.ctx, 4*time.Second)
		if healed := f.group.heal(); err == nil {
			err = healed
		}
		if err == nil {
			err = f.group.inStep(f.ctx, 60*time.Second)
		}
		if err != nil {
			return err
		}
		held, err := nodeprocess.Data(f.ctx, primary.address)
		if err != nil {
			return err
		}
		found := 0
		for k := range held {
			if strings.HasPrefix(k, "held:") {
				found++
			}
		}
		if found != keys {
			return fmt.Errorf("%s: %d of %d keys are left", kind, found, keys)
		}
		return nil
	})
}
