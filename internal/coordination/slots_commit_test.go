package coordination

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestCommitWithoutAnswer: the answer to a commit is lost, and the transaction itself or not; afterwards one of the primaries is
// another one or not. Commit says what etcd has, and a transaction that arrives later does nothing.
func TestCommitWithoutAnswer(t *testing.T) {
	t.Parallel()
	l := new(lossy)
	p := newPairWith(t, l.call, 0)
	etcd := p.client()
	for _, c := range []struct {
		name    string
		applied bool
		changes string // whose primary
		want    error
	}{
		{"applied", true, "", nil},
		{"not applied", false, "", nil},
		{"applied, another taker", true, "b", nil},
		{"not applied, another taker", false, "b", errLeaders},
		{"applied, another own epoch", true, "a", nil},
		{"not applied, another own epoch", false, "a", errLeaders},
	} {
		m, to := p.moving()
		had := p.inEtcd(etcd)
		l.applied = c.applied
		l.loses(1, func() {
			if c.changes != "" {
				p.touch(etcd, c.changes)
			}
		})
		version, err := p.a.c.Commit(t.Context(), m.ID, to)
		is := p.inEtcd(etcd)
		if !errors.Is(err, c.want) || err == nil && (version != had.version()+1 || version != is.version()) {
			t.Fatalf("%s: version %d, %v; etcd has version %d, and had %d", c.name, version, err, is.version(), had.version())
		}
		p.holds(c.name, &is.Assignment, &m, err == nil)
		if err := l.again(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if late := p.inEtcd(etcd); late.revision != is.revision {
			t.Errorf("%s: etcd has changed afterwards", c.name)
		}
		p.over(etcd)
	}
}

// TestCommitUncertain: etcd does not answer until the commit's time is over. A later one tells.
func TestCommitUncertain(t *testing.T) {
	t.Parallel()
	l := &lossy{applied: true}
	p := newPairWith(t, l.call, 0)
	m, to := p.moving()
	ctx, cancel := context.WithCancel(t.Context())
	l.loses(1000, cancel)
	if _, err := p.a.c.Commit(ctx, m.ID, to); !errors.Is(err, ErrUncertain) {
		t.Fatalf("%v", err)
	}
	l.loses(0, nil)
	p.eventually("the watch tells", func() bool { return len(p.a.c.Assignment().Removing) == 1 })
	a := p.a.c.Assignment()
	p.holds("watched", &a, &m, true)
}

// TestCommitOfOtherPrimaries: the primary of one of the groups is not the one that the commit means.
func TestCommitOfOtherPrimaries(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	etcd := p.client()
	m, to := p.moving()
	p.touch(etcd, "b")
	if _, err := p.a.c.Commit(t.Context(), m.ID, to); !errors.Is(err, errLeaders) {
		t.Errorf("another taker: %v", err)
	}
	is := p.inEtcd(etcd)
	p.holds("another primary", &is.Assignment, &m, false)
	p.eventually("the other taker is known", func() bool { now, led := p.a.c.Taker("b"); return led && now.revision != to.revision })
	to, _ = p.a.c.Taker("b")
	p.a.c.mu.Lock() // the view lags
	own := p.a.c.view.primaries["a"]
	p.a.c.mu.Unlock()
	stale := commit{c: p.a.c, id: m.ID, to: to, own: own.revision}
	p.touch(etcd, "a")
	if _, err := stale.try(t.Context()); !errors.Is(err, errLeaders) {
		t.Errorf("another giver: %v", err)
	}
	is = p.inEtcd(etcd)
	p.holds("another primary", &is.Assignment, &m, false)
	p.eventually("it is committed", func() bool { _, err := p.a.c.Commit(t.Context(), m.ID, to); return err == nil })
}

// TestCommitWithoutEtcd: a transaction that no connection has taken is certainly not recorded, so that Commit returns at once.
func TestCommitWithoutEtcd(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	etcd := p.client()
	m, to := p.moving()
	var gone dispatch
	if err := p.a.c.Answers(gone.following(t.Context())); err != nil || gone.unsent() {
		t.Fatalf("a request that etcd has answered was not sent: %v, %v", gone.unsent(), err)
	}
	p.etcd.Kill()
	p.eventually("its connections are gone", func() bool {
		var gone dispatch
		return p.a.c.Answers(gone.following(t.Context())) != nil && gone.unsent()
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := p.a.c.Commit(ctx, m.ID, to); err == nil || errors.Is(err, ErrUncertain) {
		t.Errorf("%v", err)
	}
	p.etcd.Restart()
	p.eventually("etcd has the move", func() bool { return p.a.c.Answers(t.Context()) == nil })
	is := p.inEtcd(etcd)
	p.holds("without etcd", &is.Assignment, &m, false)
}
