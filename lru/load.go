package lru

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Loader makes the value of a key that the cache has not. ttl is how long it may
// live; 0: until it is evicted. ctx ends when nobody waits for the value any more.
type Loader func(ctx context.Context) (value []byte, ttl time.Duration, err error)

// loads are the loads under way, so that callers who miss the same key share one.
type loads struct {
	mu    sync.Mutex
	byKey map[string]*loading
}

// loading is one load. value and err are valid once done is closed.
type loading struct {
	waiting int // callers; guarded by loads.mu
	cancel  context.CancelFunc
	done    chan struct{}
	value   []byte
	err     error
}

// errNoReturn is what a load comes to that calls runtime.Goexit.
var errNoReturn = errors.New("lru: the load did not return")

// GetOrLoad appends key's value to dst. When the cache has none it calls load, once
// for all who ask for key meanwhile, hands the value to all of them, and stores it
// unless somebody else stored one meanwhile.
//
// The error is that of load, which is not remembered; that of ctx, which ends the
// waiting of this caller, and ends the load when no one else waits; ErrClosed; or
// says that load panicked. A value that cannot be stored, as it is too large, is
// returned nevertheless.
func (c *Cache) GetOrLoad(ctx context.Context, dst, key []byte, load Loader) ([]byte, error) {
	if value, ok := c.Get(dst, key); ok {
		return value, nil
	}
	if len(key) == 0 {
		return dst, ErrEmptyKey
	}
	l, err := c.join(ctx, string(key), load)
	if err != nil {
		return dst, err
	}
	defer c.leave(string(key), l)
	select {
	case <-l.done:
		if l.err != nil {
			return dst, l.err
		}
		return append(dst, l.value...), nil
	case <-ctx.Done():
		return dst, ctx.Err()
	}
}

// join waits for the load of key with others, or begins it.
func (c *Cache) join(ctx context.Context, key string, load Loader) (*loading, error) {
	select {
	case <-c.stop:
		return nil, ErrClosed
	default:
	}
	c.loads.mu.Lock()
	defer c.loads.mu.Unlock()
	l := c.loads.byKey[key]
	if l == nil {
		l = &loading{done: make(chan struct{})}
		ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
		if c.loads.byKey == nil {
			c.loads.byKey = map[string]*loading{}
		}
		c.loads.byKey[key] = l
		go c.run(ctx, key, l, load)
	}
	l.waiting++
	return l, nil
}

// leave ends the load when nobody waits for it any more: the next who asks begins another.
func (c *Cache) leave(key string, l *loading) {
	c.loads.mu.Lock()
	defer c.loads.mu.Unlock()
	if l.waiting--; l.waiting == 0 {
		l.cancel()
		c.loads.forget(key, l)
	}
}

// forget takes l out, unless another load has taken its place. REQUIRES: mu is held.
func (ls *loads) forget(key string, l *loading) {
	if ls.byKey[key] == l {
		delete(ls.byKey, key)
	}
}

func (c *Cache) run(ctx context.Context, key string, l *loading, load Loader) {
	l.err = errNoReturn
	defer func() {
		if p := recover(); p != nil {
			l.err = fmt.Errorf("lru: the load panicked: %v", p)
		}
		c.loads.mu.Lock()
		c.loads.forget(key, l)
		c.loads.mu.Unlock()
		close(l.done)
	}()
	value, ttl, err := load(ctx)
	if err == nil && ctx.Err() == nil {
		c.storeLoaded([]byte(key), value, ttl)
	}
	l.value, l.err = value, err
}

// storeLoaded stores a loaded value, unless somebody has stored one meanwhile: that
// one is newer. One that is refused, because it is too large or may not live, still
// serves those who wait for it.
func (c *Cache) storeLoaded(key, value []byte, ttl time.Duration) {
	at, err := c.expireAt(ttl)
	if err != nil {
		return
	}
	h, now := c.hash(key), c.clock()
	s := c.lock(h)
	defer s.unlockAndTell()
	if _, ok := s.Peek(h, key, now); !ok {
		_ = s.Put(h, key, value, at, now)
	}
}
