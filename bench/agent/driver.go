package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// Driver lets agents make a runner's load. It is a runner.Remote.
type Driver struct {
	Addresses []string
	Token     string
	Patience  time.Duration // for which nothing may be heard of an agent; 0: Patience

	name   string
	clocks clocks
}

// NewDriver returns a driver of agents, at least one and none twice.
func NewDriver(addresses []string, token string) (*Driver, error) {
	for i, a := range addresses {
		if slices.Contains(addresses[:i], a) {
			return nil, fmt.Errorf("agent %s is named twice", a)
		}
	}
	if len(addresses) == 0 || slices.Contains(addresses, "") {
		return nil, errors.New("agents: give host:port,host:port")
	}
	return &Driver{Addresses: addresses, Token: token, name: rand.Text(), clocks: clocks{base: time.Now()}}, nil
}

func (d *Driver) patience() time.Duration {
	if d.Patience > 0 {
		return d.Patience
	}
	return Patience
}

// Describe says how many agents there are.
func (d *Driver) Describe(l *result.Load) { l.Agents = len(d.Addresses) }

// Check refuses plans that cannot be divided, and what several processes cannot check or do together. It changes the plan to what
// can be checked: if several agents write the same keys, none of them knows which version is the newest, and if they delete keys,
// none knows which may be missing.
func (d *Driver) Check(plan *load.Plan, w *workload.Workload) error {
	n := len(d.Addresses)
	switch {
	case plan.Conns < n:
		return fmt.Errorf("%d connections for %d agents: each needs one", plan.Conns, n)
	case plan.Count > 0 && plan.Count < int64(n):
		return fmt.Errorf("%d requests for %d agents: each needs one", plan.Count, n)
	case plan.Batch:
		return errors.New("batches are measured by the server's own clock, which agents cannot see")
	case n > 1 && plan.Hits == load.HitsAlways && w.Has(workload.Delete):
		return errors.New("several agents delete keys, so none knows which reads must find something: --expect-hits no")
	}
	if n > 1 && plan.Verify == load.VerifyVersions && (w.Writes() || w.Has(workload.Incr)) {
		plan.Verify = load.VerifyValues
	}
	if n > 1 && w.Has(workload.Delete) {
		plan.Hits = load.HitsOpen
	}
	return nil
}

// divide returns part i of n of a plan. Each connection has the same share of the rate.
func divide(plan load.Plan, i, n int) load.Plan {
	p := plan
	p.Part, p.Parts = i, n
	p.Conns = plan.Conns / n
	if i < plan.Conns%n {
		p.Conns++
	}
	p.Rate = plan.Rate * float64(p.Conns) / float64(plan.Conns)
	p.Count = plan.Count / int64(n)
	if int64(i) < plan.Count%int64(n) {
		p.Count++
	}
	if plan.Threads > p.Conns {
		p.Threads = p.Conns
	}
	return p
}

// Holds asks the first agent how many entries a target holds.
func (d *Driver) Holds(ctx context.Context, url string, timeout time.Duration) (int64, error) {
	m, err := d.dial(ctx, d.Addresses[0])
	if err != nil {
		return 0, err
	}
	ctx, cancel := within(ctx, timeout+d.patience(), "answer of what the target holds")
	defer cancel()
	x, err := m.ask(ctx, &message{Kind: askHolds, Open: &opening{URL: url, Timeout: timeout}}, sayHeld)
	if err := errors.Join(err, m.close()); err != nil {
		return 0, err
	}
	return x.Entries, nil
}

// Open lets all agents open a target.
func (d *Driver) Open(ctx context.Context, url string, w *workload.Workload, seed uint64, plan load.Plan) (runner.RemoteLoader, error) {
	n := len(d.Addresses)
	s := &Loader{d: d, plan: plan, both: w.Both(), members: make([]*member, n)}
	versions := make([]string, n)
	err := each(n, func(i int) (err error) {
		m, err := d.dial(ctx, d.Addresses[i])
		if err != nil {
			return err
		}
		s.members[i] = m
		ctx, cancel := within(ctx, plan.Timeout+2*d.patience(), "opened target")
		defer cancel()
		x, err := m.ask(ctx, &message{Kind: askOpen, Open: &opening{URL: url, Spec: w.Spec, Seed: seed, Plan: divide(plan, i, n)}}, sayOpened)
		if err == nil {
			versions[i] = x.Opened
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.version = versions[0]
	for i, v := range versions {
		if v != s.version {
			return nil, errors.Join(fmt.Errorf("agent %s sees version %q of the target, agent %s version %q", d.Addresses[i], v, d.Addresses[0], s.version), s.Close())
		}
	}
	return s, nil
}

// each calls do for 0 to n-1 at once and joins the errors.
func each(n int, do func(i int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}
