package load

import (
	"context"
	"errors"
	"strings"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// one makes one call; it returns false when the goroutine must end.
func (c *caller) one(ctx context.Context, at int64) bool {
	f := flight{at: at, keys: 1}
	var r workload.Request
	if n := len(c.missed); n > 0 {
		f.kind, f.key = workload.Set, c.missed[n-1]
		c.missed = c.missed[:n-1]
		c.takeMissed()
	} else {
		if !c.sequence.Next(&r) {
			return false
		}
		f.kind, f.key = r.Kind, r.Key
		c.taken(r.Given)
	}
	c.read, c.lost, c.bad = f.kind.Reads(), false, false
	s := c.cs.s
	fill := c.cs.phase.fill
	var version uint32
	if !fill {
		version = s.judge.begin(&f)
	}
	ok, bad, err := c.call(ctx, &f, r.More, version)
	if bad == faultStale && s.target.Eventual {
		c.counts.stale++
		bad = faultNone
	}
	switch {
	case err != nil && !s.w.Over:
		s.judge.unanswered(&f, fill)
	case !fill:
		s.judge.wrote(&f, err == nil && bad == faultNone)
	}
	switch {
	case err != nil && s.w.Over && f.kind == workload.Set:
		c.counts.expected++
	case err != nil:
		return c.fail(err, f.kind.String())
	case bad != faultNone:
		c.bad = true
		c.counts.errors[bad]++
		s.say("%s: %s of %s", bad, f.kind, c.key(&f))
	}
	c.failed = 0
	if f.kind == workload.Get {
		c.saw(&f, ok)
	}
	return true
}

// saw counts a hit or a miss of a read.
func (c *caller) saw(f *flight, found bool) {
	measured := f.at >= c.cs.phase.start
	switch {
	case found && measured:
		c.counts.hits++
	case !found && measured:
		c.counts.misses++
	}
	if !found && c.cs.s.w.Spec.ReadThrough {
		c.missed = append(c.missed, f.key)
		c.keep()
	}
}

// call calls the library and checks what it returns.
func (c *caller) call(ctx context.Context, f *flight, more []uint64, version uint32) (found bool, bad fault, err error) {
	s := c.cs.s
	lib, w := s.target.Caller, s.w
	switch f.kind {
	case workload.Get:
		c.dst, found, err = lib.Get(ctx, c.key(f), c.dst[:0])
		switch {
		case err != nil:
		case found:
			c.counts.in += int64(len(c.dst))
			bad = s.judge.value(f, c.dst)
		default:
			bad = s.judge.expect.missed(f)
		}
	case workload.Set:
		size, expiry := c.stored(f)
		c.value = w.Values.Append(c.value[:0], f.key, version, size)
		c.counts.out += int64(len(c.value))
		// libraries keep the key: a substring of the table would keep all keys alive
		err = lib.Set(ctx, strings.Clone(c.key(f)), c.value, expiry)
		if err == nil && w.Over {
			bad = faultReply
		}
	case workload.Delete:
		_, err = lib.Delete(ctx, c.key(f))
	case workload.MGet:
		err = c.many(ctx, f, more, &bad)
		return false, bad, err
	case workload.Command:
		err = errors.ErrUnsupported
	case workload.Incr:
		var n int64
		if n, err = lib.Incr(ctx, string(w.Keys.AppendCounter(nil, f.key))); err == nil {
			bad = s.judge.number(f, n)
		}
	case workload.TTL:
		_, expiry := c.stored(f)
		_, err = lib.Touch(ctx, c.key(f), expiry)
	}
	return found, bad, err
}

func (c *caller) many(ctx context.Context, f *flight, more []uint64, bad *fault) (err error) {
	s := c.cs.s
	flights := []flight{*f}
	c.keys = append(c.keys[:0], s.keys.at(f.key))
	for _, k := range more {
		m := flight{at: f.at, key: k, kind: f.kind}
		s.judge.begin(&m)
		flights = append(flights, m)
		c.keys = append(c.keys, s.keys.at(k))
	}
	c.values, err = s.target.Caller.MGet(ctx, c.keys, c.values[:0])
	if err != nil {
		return err
	}
	if len(c.values) != len(flights) {
		*bad = faultReply
		return nil
	}
	for i := range flights {
		if v := c.values[i]; v != nil {
			c.counts.in += int64(len(v))
			if b := s.judge.value(&flights[i], v); b != faultNone {
				*bad = b
			}
		} else if b := s.judge.expect.missed(&flights[i]); b != faultNone {
			*bad = b
		}
		c.saw(&flights[i], c.values[i] != nil)
	}
	return nil
}
