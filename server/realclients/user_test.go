package realclients

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// addresses are left out when failures are counted by what they say.
var addresses = regexp.MustCompile(`127\.0\.0\.1:\d+(->127\.0\.0\.1:\d+)?`)

// crowdPatience bounds what a crowd does, on a busy machine.
const crowdPatience = 5 * time.Minute

// user works with a client of the cluster: it writes new keys, and reads its settled ones, which all members have.
type user struct {
	clusterClient
	prefix  string // of its keys
	settled []string
	rounds  atomic.Int64

	// Used by the goroutine that works, and once that has ended.
	written  []string
	failures map[string]int // requests that failed while that was forgiven, by the error's first words
	outage   time.Duration  // the longest time until a request that failed at first was done
}

// crowd is a user of each client. The first is ours.
type crowd struct {
	users    []*user
	forgiven atomic.Bool // a request that fails is sent again: a primary has died
	ended    atomic.Bool
	done     chan error // of each user
}

// gather has each client write its settled keys.
func gather(ctx context.Context, t *testing.T, clients []clusterClient, keys int) *crowd {
	t.Helper()
	c := &crowd{done: make(chan error, len(clients))}
	for i, client := range clients {
		u := &user{clusterClient: client, prefix: fmt.Sprint("c", i), failures: map[string]int{}}
		u.settled = u.keys("settled", 0, keys)
		c.users = append(c.users, u)
	}
	c.each(func(u *user) error {
		for part := range slices.Chunk(u.settled, 1000) {
			if err := u.set(ctx, part); err != nil {
				return err
			}
		}
		return nil
	})
	c.wait(t)
	return c
}

// each calls f for all users at once; wait returns when these calls have.
func (c *crowd) each(f func(u *user) error) {
	for _, u := range c.users {
		go func() {
			err := f(u)
			if err != nil {
				err = fmt.Errorf("%s: %w", u.name, err)
			}
			c.done <- err
		}()
	}
}

func (c *crowd) wait(t *testing.T) {
	t.Helper()
	for range c.users {
		if err := <-c.done; err != nil {
			t.Error(err)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// work starts all users.
func (c *crowd) work(ctx context.Context) {
	c.each(func(u *user) error {
		for n := 0; !c.ended.Load(); n++ {
			if err := c.round(ctx, u, n); err != nil {
				return fmt.Errorf("round %d: %w", n, err)
			}
			u.rounds.Add(1)
			time.Sleep(5 * time.Millisecond) // leaves the processor to others
		}
		return nil
	})
}

// round writes and reads: one key, or several at once, which some clients do by other rules.
func (c *crowd) round(ctx context.Context, u *user, n int) error {
	const several = 10
	fresh := u.keys("new", len(u.written), 1+n%2*several)
	if err := c.try(ctx, u, func() error { return u.set(ctx, fresh) }); err != nil {
		return err
	}
	u.written = append(u.written, fresh...)
	old := make([]string, len(fresh))
	for i := range old {
		old[i] = u.settled[(n*several+i)*7919%len(u.settled)]
	}
	var values []string
	err := c.try(ctx, u, func() (err error) {
		values, err = u.get(ctx, old)
		return err
	})
	if err == nil && !slices.Equal(values, old) {
		err = fmt.Errorf("the values of %v are %q", old, values)
	}
	return err
}

// try performs a request of a user, again and again while failures are forgiven.
func (c *crowd) try(ctx context.Context, u *user, request func() error) error {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err := request()
		switch {
		case err == nil:
			if took := time.Since(began); len(u.failures) > 0 {
				u.outage = max(u.outage, took)
			}
			return nil
		case !c.forgiven.Load():
			return err
		case ctx.Err() != nil:
			return errors.Join(err, ctx.Err())
		}
		u.failures[fmt.Sprintf("%.100s", addresses.ReplaceAllString(err.Error(), "NODE"))]++
	}
}

// progress returns when each user has done some rounds more; with a node down, each whose client asks other nodes then.
func (c *crowd) progress(t *testing.T, down bool) {
	t.Helper()
	end := time.Now().Add(crowdPatience)
	for _, u := range c.users {
		if down && u.staysWithDead {
			continue
		}
		for from := u.rounds.Load(); u.rounds.Load() <= from+5; time.Sleep(time.Millisecond) {
			if len(c.done) > 0 { // one has failed
				c.ended.Store(true)
				c.wait(t)
			}
			if time.Now().After(end) {
				t.Fatalf("%s does not go on", u.name)
			}
		}
	}
}

// end has all users end.
func (c *crowd) end(t *testing.T) {
	t.Helper()
	c.ended.Store(true)
	c.wait(t)
	for _, u := range c.users {
		t.Logf("%s: %d rounds; failures %v, which lasted %v", u.name, u.rounds.Load(), u.failures, u.outage.Round(time.Millisecond))
	}
}

// missing are the keys that are not found by the user who wrote them, by our client, or by another user if our client wrote
// them.
func (c *crowd) missing(ctx context.Context, t *testing.T) map[string]bool {
	t.Helper()
	var mu sync.Mutex
	all, ours := map[string]bool{}, c.users[0]
	look := func(by, of *user) error {
		none, err := by.without(ctx, slices.Concat(of.settled, of.written))
		mu.Lock()
		defer mu.Unlock()
		for _, key := range none {
			all[key] = true
		}
		if len(none) > 0 {
			t.Logf("%s does not find %d keys of %s, such as %s", by.name, len(none), of.name, none[0])
		}
		return err
	}
	c.each(func(u *user) error {
		err := look(u, u)
		if u != ours {
			err = errors.Join(err, look(ours, u), look(u, ours))
		}
		return err
	})
	c.wait(t)
	return all
}

// keys returns n keys of a kind, from the given number on.
func (u *user) keys(kind string, from, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s:%s:%d", u.prefix, kind, from+i))
	}
	return all
}

// without returns the keys that do not have their own name as their value.
func (u *user) without(ctx context.Context, keys []string) (none []string, err error) {
	for part := range slices.Chunk(keys, 1000) {
		values, err := u.get(ctx, part)
		if err != nil {
			return none, fmt.Errorf("%s reads: %w", u.name, err)
		}
		for i := range part {
			if values[i] != part[i] {
				none = append(none, part[i])
			}
		}
	}
	return none, nil
}
