//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
)

// compared is a running server, ours or another, that gets the attack of pipelines for comparison.
type compared struct {
	name, address      string
	protocol           string
	calm, during       []float64 // p99 in each round, in ns
	beside, besideCalm []float64 // likewise, of the clients of a server that is left alone
	each               []float64 // ns for each pipeline
}

// comparedServers reads NAME=HOST:PORT,NAME=HOST:PORT. Servers whose name begins with memcached speak its protocol, others RESP.
func comparedServers(text string) (all []*compared, err error) {
	for _, one := range strings.Split(text, ",") {
		name, address, ok := strings.Cut(one, "=")
		if !ok || name == "" || address == "" {
			return nil, fmt.Errorf("-servers: %q is not NAME=HOST:PORT", one)
		}
		c := &compared{name: name, address: address, protocol: "resp"}
		if strings.HasPrefix(name, "memcached") {
			c.protocol = "memcached"
		}
		all = append(all, c)
	}
	return all, nil
}

// compare attacks servers in turn with pipelines of 100,000 requests in one write, and prints what well-behaved clients of each,
// and of the server at control, which is left alone, saw before and meanwhile.
func compare(ctx context.Context, f flags, out io.Writer) error {
	all, err := comparedServers(f.servers)
	if err != nil {
		return err
	}
	var p programs
	if p.self, err = os.Executable(); err != nil {
		return err
	}
	if p.launcher, err = newLauncher(); err != nil {
		return err
	}
	if f.control == "" {
		return errors.New("-servers needs -control, a server to leave alone")
	}
	for range f.rounds {
		for _, c := range all {
			if err := c.round(ctx, f, p); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			c.line(out, len(c.calm)-1)
		}
	}
	fmt.Fprintln(out, "\nmedians:") //nolint:errcheck // standard output
	for _, c := range all {
		medians := &compared{name: c.name}
		for _, each := range []struct{ from, to *[]float64 }{
			{&c.calm, &medians.calm}, {&c.during, &medians.during}, {&c.besideCalm, &medians.besideCalm}, {&c.beside, &medians.beside}, {&c.each, &medians.each},
		} {
			*each.to = []float64{result.Median(*each.from)}
		}
		medians.line(out, 0)
	}
	return nil
}

// line prints what was seen in round i.
func (c *compared) line(w io.Writer, i int) {
	fmt.Fprintf(w, "%-16s p99 %8s calm, %8s meanwhile, %4.1f times; of a server left alone %8s, %8s, %4.1f times; %s a pipeline\n", //nolint:errcheck // standard output
		c.name, show(int64(c.calm[i])), show(int64(c.during[i])), c.during[i]/c.calm[i],
		show(int64(c.besideCalm[i])), show(int64(c.beside[i])), c.beside[i]/c.besideCalm[i], show(int64(c.each[i])))
}

// attackedFor is about how long a server gets pipelines in each round, two at a time.
const attackedFor = 2 * time.Second

// round measures a server before and during the attack.
func (c *compared) round(ctx context.Context, f flags, p programs) error {
	var clients [2]*polite
	for i, plan := range []politePlan{{Write: c.address, Foreign: c.protocol}, {Write: f.control, Foreign: "resp"}} {
		plan.Clients, plan.Rate, plan.Seed = politeClients, politeRate, f.seed
		var err error
		if clients[i], err = startPolite(p, plan); err != nil {
			return err
		}
		defer clients[i].stop()
		if err := clients[i].working(ctx, politeClients); err != nil {
			return err
		}
	}
	take := func(to, beside *[]float64) error {
		for i, into := range []*[]float64{to, beside} {
			s, err := clients[i].take()
			if err != nil {
				return err
			}
			if s.Wrong+s.OutOfStep > 0 || len(s.Errors) > 0 {
				return fmt.Errorf("well-behaved clients saw %d wrong values, %d replies out of step, %s: %s", s.Wrong, s.OutOfStep, showErrors(s.Errors), s.Example)
			}
			if into != nil {
				*into = append(*into, float64(s.P99))
			}
		}
		return nil
	}
	err := errors.Join(sleep(ctx, 500*time.Millisecond), take(nil, nil), sleep(ctx, 2*time.Second), take(&c.calm, &c.besideCalm))
	if err != nil {
		return err
	}
	attacked := &field{ctx: ctx, node: &node{address: c.address}, count: 4, seed: f.seed}
	began, n := time.Now(), 0
	for ; time.Since(began) < attackedFor; n += attacked.count {
		if err := attacked.pipelines(protocolOf(c.protocol)); err != nil {
			return err
		}
	}
	c.each = append(c.each, float64(time.Since(began))/float64(n))
	return take(&c.during, &c.beside)
}
