//go:build linux

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// killAttacks end nodes of a group, or start them with wrong configs.
func killAttacks() []attack {
	return []attack{
		{family: "groups", name: "kill -9 of any node", full: 15, quick: 2, group: true, line: away, run: killAny},
		{family: "groups", name: "kill -9 of all at once", full: 4, quick: 0, group: true, line: away, run: killAll},
		{family: "groups", name: "kill -9 during a full sync", full: 10, quick: 1, group: true, line: away, run: killDuringSync},
		{family: "groups", name: "kill -9 during recovery", full: 10, quick: 0, group: true, line: away, run: killDuringRecovery},
		{family: "groups", name: "restart storm (SIGTERM)", full: 15, quick: 0, group: true, line: away, run: restarts},
		{family: "groups", name: "a second primary by wrong config", full: 3, quick: 0, group: true, line: passLine{log: 2000, slow: true}, run: secondPrimary},
		{family: "groups", name: "configs with an id twice", full: 3, quick: 0, group: true, line: passLine{slow: true}, run: twins},
	}
}

func (f *field) restart(n *node, after time.Duration) error {
	n.kill()
	if err := sleep(f.ctx, after); err != nil {
		return err
	}
	return n.start()
}

func killAny(f *field) error {
	return f.each(1, func(_ int, r *rand.Rand) error {
		if err := f.restart(f.group.someNode(r), time.Duration(r.IntN(300))*time.Millisecond); err != nil {
			return err
		}
		return sleep(f.ctx, time.Duration(r.IntN(1000))*time.Millisecond)
	})
}

func killAll(f *field) error {
	return f.each(1, func(_ int, r *rand.Rand) error {
		for _, n := range f.group.nodes {
			n.kill()
		}
		for _, i := range r.Perm(len(f.group.nodes)) {
			if err := f.group.nodes[i].start(); err != nil {
				return err
			}
		}
		return sleep(f.ctx, time.Duration(1000+r.IntN(2000))*time.Millisecond)
	})
}

// killDuringSync fills the group, restarts a secondary so that it needs everything, and kills one end at once.
func killDuringSync(f *field) error {
	if err := f.store("sync:", pick(f, 600, 100), bigValue); err != nil {
		return err
	}
	return f.each(1, func(i int, r *rand.Rand) error {
		victim := f.group.nodes[1+i%secondaries]
		if err := f.restart(victim, 0); err != nil {
			return err
		}
		if err := victim.serving(f.ctx, 30*time.Second); err != nil {
			return err
		}
		if err := sleep(f.ctx, time.Duration(r.IntN(150))*time.Millisecond); err != nil {
			return err
		}
		if r.IntN(3) == 0 {
			victim = f.group.nodes[0]
		}
		return f.restart(victim, 0)
	})
}

// killDuringRecovery restarts the primary and kills it, or the secondary it takes data from, while it recovers.
func killDuringRecovery(f *field) error {
	return f.each(1, func(_ int, r *rand.Rand) error {
		if err := f.restart(f.group.nodes[0], 0); err != nil {
			return err
		}
		if err := sleep(f.ctx, time.Duration(r.IntN(200))*time.Millisecond); err != nil {
			return err
		}
		if err := f.restart(f.group.nodes[r.IntN(2)], 0); err != nil {
			return err
		}
		return sleep(f.ctx, time.Duration(r.IntN(700))*time.Millisecond)
	})
}

// restarts terminates nodes while they serve, start or stop. A process that receives SIGTERM before its program runs is
// ended by the system, whatever the program: these are counted, and all others must shut down by themselves.
func restarts(f *field) error {
	return f.each(1, func(i int, r *rand.Rand) error {
		n := f.group.someNode(r)
		switch err := n.stop(); {
		case errors.Is(err, errNotYet):
			f.notes.add("fault %d came before the program", i+1)
		case err != nil:
			return err
		}
		return errors.Join(n.start(), sleep(f.ctx, time.Duration(r.IntN(200))*time.Millisecond))
	})
}

// secondPrimary starts a node that believes it is the primary of the same secondaries.
func secondPrimary(f *field) error {
	return f.each(1, func(i int, r *rand.Rand) error {
		self := nodeprocess.Member{ID: "x0"}
		if i%2 == 1 {
			self.ID = "n0" // the same name, even
		}
		alone, err := single(f.program, filepath.Join(f.folder, fmt.Sprint("x", i)), f.raced, settings{})
		if err != nil {
			return err
		}
		self.Address, self.Admin = alone.address, alone.admin
		servers := []nodeprocess.Member{self}
		for _, m := range f.group.servers[1:] {
			m.Admin = ""
			servers = append(servers, m)
		}
		nodeprocess.Lead(servers, 0)
		x, err := newNode(f.program, alone.folder, f.raced, settings{common: groupCommon()}, self.ID, servers)
		if err != nil {
			return err
		}
		if err := x.start(); err != nil {
			return err
		}
		defer x.kill()
		if err := sleep(f.ctx, 4*time.Second); err != nil {
			return err
		}
		return x.stop()
	})
}

// twins expects configs in which an id occurs twice to be refused, with the id in the message.
func twins(f *field) error {
	return f.each(1, func(i int, _ *rand.Rand) error {
		servers := slices.Clone(f.group.servers)
		servers[2].ID = "n1"
		n, err := newNode(f.program, filepath.Join(f.folder, fmt.Sprint("twin", i)), f.raced, settings{}, "n1", servers)
		if err != nil {
			return err
		}
		cmd := exec.Command(f.program.binary(f.raced), append(n.args, "--check-config")...)
		cmd.Dir = n.folder
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "n1") || strings.Contains(string(out), "panic") {
			return fmt.Errorf("an id that occurs twice: %v, %s", err, out)
		}
		return nil
	})
}
