package sut

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Target is something to load. Exactly one of Wire and Caller is set.
type Target struct {
	URL     string
	Version string // of what answers, where it tells
	Wire    *Wire
	Caller  Caller
	// Eventual is true where a read may return an older version than was written before it.
	Eventual bool
	// PID is the server's process, 0 where it is not known; its CPU and memory are then not measured.
	PID int
	// Cores are those that the server was started on; empty: all.
	Cores []int
	// InProcess is true where the generator's own process does the target's work.
	InProcess bool

	close []func() error
}

// Wire is a server reached by raw connections.
type Wire struct {
	Network, Address string
	Dialect          Dialect
	User, Password   string // to sign in with; an empty Password: not at all
	TLS              *tls.Config
}

// Caller is a library. Its methods are called from many goroutines. A kind that it does not have gives errors.ErrUnsupported.
type Caller interface {
	// Get appends the value of key to dst; ok is false when there is none.
	Get(ctx context.Context, key string, dst []byte) (value []byte, ok bool, err error)
	Set(ctx context.Context, key string, value []byte, expiry time.Duration) error
	// Delete reports whether the key was there, true where that is not told.
	Delete(ctx context.Context, key string) (bool, error)
	MGet(ctx context.Context, keys []string, dst [][]byte) ([][]byte, error)
	Incr(ctx context.Context, key string) (int64, error)
	Touch(ctx context.Context, key string, expiry time.Duration) (bool, error)
	Close() error
}

// Unsupported implements what a library does not have. Callers embed it.
type Unsupported struct{}

// Delete is not supported.
func (Unsupported) Delete(context.Context, string) (bool, error) { return false, errors.ErrUnsupported }

// MGet is not supported.
func (Unsupported) MGet(context.Context, []string, [][]byte) ([][]byte, error) {
	return nil, errors.ErrUnsupported
}

// Incr is not supported.
func (Unsupported) Incr(context.Context, string) (int64, error) { return 0, errors.ErrUnsupported }

// Touch is not supported.
func (Unsupported) Touch(context.Context, string, time.Duration) (bool, error) {
	return false, errors.ErrUnsupported
}

// Close does nothing.
func (Unsupported) Close() error { return nil }

// Options are what opening a target may need.
type Options struct {
	Cores  []int  // that servers started here run on; none: all
	Memory int    // bytes that a started server or a cache in the process may take; 0: its default, or enough
	Node   string // binary of our node for spawn:cachegopher; empty: looked for
	Binary string // of whatever server is started; empty: looked for
	Keys   uint64 // that will be stored, for caches that are sized by entries
	Mean   float64
	// Timeout is for how long a client waits for a reply; 0: its default. A client that gives up earlier than
	// the load would turn a stall that should be measured into errors.
	Timeout time.Duration
	Env     []string  // NAME=value for servers that are started
	Output  io.Writer // of those servers; nil: the last of it is kept for errors

	scheme string // what stands before the URL's rest
}

// Opener opens the target that rest of a URL names.
type Opener func(ctx context.Context, rest string, o Options) (*Target, error)

// Schemes are the openers by what stands before the URL's rest: "redis://", or whole names such as
// "inproc:lru".
type Schemes map[string]Opener

// ErrMissing is the cause when what a target needs is not installed.
var ErrMissing = errors.New("missing")

// ErrUnknown is the cause when a URL names no target that there is.
var ErrUnknown = errors.New("no such target")

// Open opens the target that u names. The error of an unknown one lists those that are known.
func (s Schemes) Open(ctx context.Context, u string, o Options) (*Target, error) {
	name := u
	if i := strings.Index(u, "://"); i >= 0 {
		name = u[:i+3]
	} else if i := strings.Index(u, "?"); i >= 0 {
		name = u[:i]
	}
	open, ok := s[name]
	if !ok {
		if scheme, _, found := strings.Cut(u, ":"); found {
			if open, ok = s[scheme+":"]; ok {
				name = scheme + ":"
			}
		}
	}
	if !ok {
		if slices.Contains(peers, name) {
			return nil, fmt.Errorf("%w: %q is in the build with the peers only: make bench-peers, then use bin/cachegopher-bench-peers", ErrUnknown, u)
		}
		return nil, fmt.Errorf("%w: %q; there are %s", ErrUnknown, u, strings.Join(s.Names(), ", "))
	}
	o.scheme = name
	t, err := open(ctx, strings.TrimPrefix(u, name), o)
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", Redact(u), err)
	}
	t.URL = Redact(u)
	return t, nil
}

// Redact is a URL without its password, for reports.
func Redact(u string) string {
	scheme, rest, ok := strings.Cut(u, "://")
	at := strings.LastIndex(rest, "@")
	if !ok || at < 0 {
		return u
	}
	user, _, _ := strings.Cut(rest[:at], ":")
	return scheme + "://" + user + ":***" + rest[at:]
}

// peers are the targets of the build with the peers.
var peers = []string{"inproc:otter", "inproc:ristretto", "inproc:freecache", "inproc:bigcache", "go-redis://", "go-redis-pipeline://", "rueidis://", "gomemcache://"}

// Names lists what there is, sorted.
func (s Schemes) Names() []string {
	var all []string
	for n := range s {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// Builtin are the targets that need nothing beside this module.
func Builtin() Schemes {
	return Schemes{
		"cachegopher://":  openWire(RESP{}, "31337"),
		"redis://":        openWire(RESP{}, "6379"),
		"cachegophers://": openWire(RESP{}, "31337"),
		"rediss://":       openWire(RESP{}, "6379"),
		"line://":         openWire(Line{}, "31337"),
		"memcached://":    openWire(Memcached{}, "11211"),
		"client:":         openClient,
		"inproc:lru":      openLRU,
		"spawn:":          openSpawn,
	}
}

// OnClose has f called by Close, the last one first.
func (t *Target) OnClose(f func() error) { t.close = append(t.close, f) }

// Close ends what Open began, servers included.
func (t *Target) Close() error {
	var errs []error
	for _, f := range slices.Backward(t.close) {
		errs = append(errs, f())
	}
	t.close = nil
	return errors.Join(errs...)
}

// parseRest reads what follows a scheme and refuses options that nobody would read.
func parseRest(rest string, known ...string) (*url.URL, error) {
	u, err := url.Parse("x://" + rest)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	for k := range u.Query() {
		if !slices.Contains(known, k) {
			if len(known) == 0 {
				return nil, fmt.Errorf("option %q: there are none here", k)
			}
			return nil, fmt.Errorf("option %q: there are %s", k, strings.Join(known, ", "))
		}
	}
	return u, nil
}
