package lru

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/lru/internal/memory"
)

// Loader loads the value of a key that is not in the cache. ttl is as for Cache.Set. ctx is cancelled when no caller
// waits for the value any more.
type Loader func(ctx context.Context) (value []byte, ttl time.Duration, err error)

// loads are the loads under way; callers that miss the same key share one.
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

// errNoReturn is the error of a load that called runtime.Goexit.
var errNoReturn = errors.New("lru: the load did not return")

// GetOrLoad appends key's value to dst. If the cache has none, it calls load once for all callers that ask for key at
// the same time, returns the value to all of them, and stores it unless another value was stored in the meantime.
//
// The error is load's error, which is not cached; ctx's error, which ends the wait of this caller, and the load too if
// no other caller waits for it; ErrEmptyKey; ErrClosed; or an error for a panic of load. A value that is too
// large to be stored is returned all the same.
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

// leave cancels the load if no other caller waits for it; the next caller begins another.
func (c *Cache) leave(key string, l *loading) {
	c.loads.mu.Lock()
	defer c.loads.mu.Unlock()
	if l.waiting--; l.waiting == 0 {
		l.cancel()
		c.loads.forget(key, l)
	}
}

// forget removes l, unless another load has taken its place. REQUIRES: mu is held.
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
	// Another load may have ended between this caller's miss and its joining.
	if value, ok := c.peek(key); ok {
		l.value, l.err = value, nil
		return
	}
	value, ttl, err := load(ctx)
	if err == nil && ctx.Err() == nil {
		c.storeLoaded([]byte(key), value, ttl)
	}
	l.value, l.err = value, err
}

// peek returns a copy of key's value without counting a use, a hit or a miss.
func (c *Cache) peek(key string) (value []byte, ok bool) {
	k := memory.TextBytes(key) // not kept, not changed
	h := c.hash(k)
	s := c.lock(h)
	defer s.Unlock()
	e, ok := s.Peek(h, k, c.clock())
	if !ok {
		return nil, false
	}
	return s.AppendValue(nil, e), true
}

// storeLoaded stores a loaded value, unless key has one by now, which is newer. A value that is refused, because it is
// too large or its ttl is negative, is still returned to the callers.
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
