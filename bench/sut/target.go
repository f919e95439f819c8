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

// Target is a system under load. Exactly one of Wire and Caller is set.
type Target struct {
	URL     string
	Version string // the server's version, if known
	Wire    *Wire
	Caller  Caller
	// Eventual: a read may return an older version than the last one written before it.
	Eventual bool
	// PID is the server's process, 0 if unknown; its CPU and memory are then not measured.
	PID int
	// Cores are the cores on which the server was started; empty: all.
	Cores []int
	// InProcess: the generator's own process does the target's work.
	InProcess bool

	close []func() error
}

// Wire is a server reached over raw connections.
type Wire struct {
	Network, Address string
	Dialect          Dialect
	User, Password   string // for signing in; no sign-in if Password is empty
	TLS              *tls.Config
}

// Caller is a library. Its methods are called from many goroutines. An unsupported method returns errors.ErrUnsupported.
type Caller interface {
	// Get appends the value of key to dst; ok is false on a miss.
	Get(ctx context.Context, key string, dst []byte) (value []byte, ok bool, err error)
	Set(ctx context.Context, key string, value []byte, expiry time.Duration) error
	// Delete reports whether the key was there, or true if that is unknown.
	Delete(ctx context.Context, key string) (bool, error)
	MGet(ctx context.Context, keys []string, dst [][]byte) ([][]byte, error)
	Incr(ctx context.Context, key string) (int64, error)
	Touch(ctx context.Context, key string, expiry time.Duration) (bool, error)
	Close() error
}

// Unsupported returns errors.ErrUnsupported for what a library lacks. Callers embed it.
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

// Options parametrize the opening of a target.
type Options struct {
	Cores  []int  // on which started servers run; none: all
	Memory int    // bytes for a started server or a cache in this process; 0: its default, or enough
	Node   string // binary of our node for spawn:cachegopher; empty: looked for
	Binary string // of the started server; empty: looked for
	Keys   uint64 // number of keys to be stored, for caches sized by entries
	Mean   float64
	// Timeout is how long a client waits for a reply; 0: its default. A client that gives up earlier than
	// the load would turn a stall that should be measured into errors.
	Timeout time.Duration
	Env     []string  // NAME=value for started servers
	Output  io.Writer // of started servers; nil: only its end is kept, for errors

	scheme string // the part of the URL before rest
}

// Opener opens the target named by rest, a URL without its scheme.
type Opener func(ctx context.Context, rest string, o Options) (*Target, error)

// Schemes maps the beginning of a URL to its opener: "redis://", or a whole name, for example
// "inproc:lru".
type Schemes map[string]Opener

// ErrMissing means that a program or library that a target needs is not installed.
var ErrMissing = errors.New("missing")

// ErrUnknown means that a URL names no known target.
var ErrUnknown = errors.New("no such target")

// Open opens the target that u names. The error of an unknown one lists the known ones.
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

// Redact returns a URL without its password, for reports.
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

// Names returns the names of all targets, sorted.
func (s Schemes) Names() []string {
	var all []string
	for n := range s {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// Builtin returns the targets that need no other module.
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

// OnClose makes Close call f, the last one added first.
func (t *Target) OnClose(f func() error) { t.close = append(t.close, f) }

// Close releases what Open acquired and stops started servers.
func (t *Target) Close() error {
	var errs []error
	for _, f := range slices.Backward(t.close) {
		errs = append(errs, f())
	}
	t.close = nil
	return errors.Join(errs...)
}

// parseRest parses the part of a URL after its scheme and refuses unknown options.
func parseRest(rest string, known ...string) (*url.URL, error) {
	u, err := url.Parse("x://" + rest)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	for k := range u.Query() {
		if !slices.Contains(known, k) {
			if len(known) == 0 {
				return nil, fmt.Errorf("option %q: this target has no options", k)
			}
			return nil, fmt.Errorf("option %q: there are %s", k, strings.Join(known, ", "))
		}
	}
	return u, nil
}
