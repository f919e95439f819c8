package sut

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/client"
)

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
	Client  []client.Option // of targets that are the Go client
	Env     []string        // NAME=value for started servers
	Output  io.Writer       // of started servers; nil: only its end is kept, for errors
	Trial   *Trial          // by which memory= of caches in this process is calibrated; nil: work of Keys and Mean

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
var peers = []string{"inproc:otter", "inproc:ristretto", "inproc:freecache", "inproc:bigcache", "go-redis://", "go-redis-pipeline://", "go-redis-cluster://", "rueidis://", "gomemcache://", "near://"}

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
		"cluster://":      openCluster,
		"client:":         OpenClient,
		"local:":          OpenClient,
		"inproc:lru":      openLRU,
		"spawn:":          openSpawn,
	}
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
