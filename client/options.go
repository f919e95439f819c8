package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"time"
)

// Option changes what New would do by itself. A service needs none but the one
// that says where the nodes are.
type Option func(*options) error

type options struct {
	source      func() (Config, error)
	file        string // that source reads; empty: none
	configEvery time.Duration
	reloaded    func(error)
	conns       int
	readTimeout time.Duration
	connTimeout time.Duration
	timings
	failures    int
	inFlight    int
	queueBytes  int
	failFull    bool
	tries       int // on one node
	reads       ReadPolicy
	zone        string
	hedge       bool
	user, pass  string
	name        string
	tls         *tls.Config
	dial        func(ctx context.Context, network, address string) (net.Conn, error)
	hooks       Hooks
	near        NearCache
	loadTimeout time.Duration
}

// timings are what the config may set, too.
type timings struct {
	maxAge    time.Duration
	keepAlive time.Duration
	aside     time.Duration
}

// longest bounds the timings, so that what is added to them does not overflow.
const longest = 100 * 365 * 24 * time.Hour

// The defaults.
const (
	defaultReadTimeout = time.Second
	defaultConnTimeout = time.Second
	defaultLoadTimeout = 30 * time.Second
	defaultMaxAge      = 300 * time.Second
	defaultKeepAlive   = 15 * time.Second
	defaultFailures    = 3
	defaultAside       = 30 * time.Second
	defaultInFlight    = 8192
	defaultTries       = 3
	defaultQueueBytes  = 4 << 20
)

func defaults() options {
	return options{
		conns:       min(2, runtime.GOMAXPROCS(0)),
		readTimeout: defaultReadTimeout,
		connTimeout: defaultConnTimeout,
		failures:    defaultFailures,
		configEvery: defaultConfigEvery,
		inFlight:    defaultInFlight,
		tries:       defaultTries,
		queueBytes:  defaultQueueBytes,
		loadTimeout: defaultLoadTimeout,
	}
}

// obey fills what neither an option nor the config has set.
func (o *options) obey(cfg Config) {
	set := func(v *time.Duration, configured, otherwise time.Duration) {
		if *v == 0 {
			*v = configured
		}
		if *v == 0 {
			*v = otherwise
		}
		*v = min(*v, longest)
	}
	set(&o.maxAge, cfg.ConnMaxAge, defaultMaxAge)
	set(&o.keepAlive, cfg.KeepAlive, defaultKeepAlive)
	set(&o.aside, cfg.UnhealthyInterval, defaultAside)
}

// WithConfigFile takes the topology from the JSON file that the nodes read. When
// the file changes the client goes over to the new config by itself; see
// WithConfigWatch and WithReloadHook.
func WithConfigFile(path string) Option {
	return func(o *options) error {
		o.source, o.file = func() (Config, error) { return ReadConfig(path) }, path
		return nil
	}
}

// WithConfig takes the topology from a value.
func WithConfig(cfg Config) Option {
	return func(o *options) error {
		o.source, o.file = func() (Config, error) { return cfg, nil }, ""
		return nil
	}
}

// WithServers makes every address, host:port or unix:///path, a group of one
// node. Keys are spread over them by these strings: give the same ones
// everywhere.
func WithServers(addresses ...string) Option {
	return WithConfig(servers(addresses))
}

// WithConnsPerNode sets how many connections are kept to each node. The default
// is 2, or 1 on a single processor; more than GOMAXPROCS never helps.
func WithConnsPerNode(n int) Option {
	return func(o *options) error {
		if n < 1 || n > 64 {
			return errors.New("connections per node must be 1 to 64")
		}
		o.conns = n
		return nil
	}
}

// WithReadTimeout sets after how long without an answer a connection is cut,
// counted from its oldest request. Default 1 s. A caller's context may end its
// wait sooner, and does not harm the connection.
func WithReadTimeout(d time.Duration) Option {
	return func(o *options) error { return positive(&o.readTimeout, d, "read timeout") }
}

// WithConnectTimeout bounds connecting and greeting together. Default 1 s.
func WithConnectTimeout(d time.Duration) Option {
	return func(o *options) error { return positive(&o.connTimeout, d, "connect timeout") }
}

// WithConnMaxAge sets the age at which a connection is replaced by a new one,
// which finishes what is in flight first. Default 300 s or the config's
// connectionTimeout.
func WithConnMaxAge(d time.Duration) Option {
	return func(o *options) error { return positive(&o.maxAge, d, "maximum age") }
}

// WithKeepAlive sets TCP's keepalive interval. Default 15 s or the config's
// keepAliveInterval.
func WithKeepAlive(d time.Duration) Option {
	return func(o *options) error { return positive(&o.keepAlive, d, "keepalive interval") }
}

// WithUnhealthy sets after how many failures in a row a node is set aside, and
// for how long, give or take a quarter. Default 3 and 30 s, or the config's
// unHealthyInterval.
func WithUnhealthy(failures int, d time.Duration) Option {
	return func(o *options) error {
		if failures < 1 {
			return errors.New("failures until unhealthy must be at least 1")
		}
		o.failures = failures
		return positive(&o.aside, d, "unhealthy interval")
	}
}

// WithMaxInFlight bounds each connection: requests without an answer, and bytes
// of requests that the socket has not taken. Beyond it callers wait for room, as
// long as their contexts allow. Default 8,192 requests and 4 MB.
func WithMaxInFlight(requests, bytes int) Option {
	return func(o *options) error {
		if requests < 1 || bytes < 1 {
			return errors.New("limits of requests and bytes in flight must be at least 1")
		}
		o.inFlight, o.queueBytes = requests, bytes
		return nil
	}
}

// WithFailWhenFull makes operations fail with ErrBusy at once where they would
// wait for room in a connection's queue.
func WithFailWhenFull() Option {
	return func(o *options) error { o.failFull = true; return nil }
}

// WithRetries sets how often a request is tried again, alone or in an operation on many
// keys: a write on the primary when it surely was not sent or is Idempotent, and a read
// once more on each member after all have failed. Default 2; 0: a write is tried once,
// and a read once on each member. After READONLY a write is given to the group's other
// members all the same.
func WithRetries(n int) Option {
	return func(o *options) error {
		if n < 0 || n > 100 {
			return errors.New("retries must be 0 to 100")
		}
		o.tries = n + 1
		return nil
	}
}

// ReadPolicy says which member of a group is asked.
type ReadPolicy int

const (
	// ReadRoundRobin spreads reads over the group's healthy members.
	ReadRoundRobin ReadPolicy = iota
	// ReadPrimary reads from the primary, and so what was last written there;
	// other members are asked only when it does not answer.
	ReadPrimary
	// ReadFastest asks the member with the lowest recent latency.
	ReadFastest
	// ReadNearest spreads reads over the healthy members of the client's zone
	// (WithZone), and over all where there is none.
	ReadNearest
)

// WithReads chooses which member is asked. Default ReadRoundRobin.
func WithReads(p ReadPolicy) Option {
	return func(o *options) error {
		if p < ReadRoundRobin || p > ReadNearest {
			return errors.New("unknown read policy")
		}
		o.reads = p
		return nil
	}
}

// WithZone says where the client is, for ReadNearest.
func WithZone(zone string) Option {
	return func(o *options) error { o.zone = zone; return nil }
}

// WithHedgedReads asks a second member when the first has not answered within
// the time that 95 of 100 recent reads took, and takes the first answer. At most
// one read in twenty is hedged.
func WithHedgedReads() Option {
	return func(o *options) error { o.hedge = true; return nil }
}

// WithAuth has every connection authenticate. An empty user is the default one.
func WithAuth(user, password string) Option {
	return func(o *options) error { o.user, o.pass = user, password; return nil }
}

// WithName sets the name under which nodes list the client's connections.
func WithName(name string) Option {
	return func(o *options) error { o.name = name; return nil }
}

// WithTLS has connections encrypted. Unless cfg names one, the server name is
// the host of the address dialled. Nodes of a config are reached at their
// tls_address if they have one.
func WithTLS(cfg *tls.Config) Option {
	return func(o *options) error { o.tls = cfg; return nil }
}

// WithDialer replaces how connections are made. The function is given "tcp" or
// "unix", and should obey the context.
func WithDialer(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(o *options) error { o.dial = dial; return nil }
}

// WithHooks has operations observed.
func WithHooks(h Hooks) Option {
	return func(o *options) error { o.hooks = h; return nil }
}

// WithLoadTimeout bounds a load by GetOrLoad. Default 30 s.
func WithLoadTimeout(d time.Duration) Option {
	return func(o *options) error { return positive(&o.loadTimeout, d, "load timeout") }
}

// WithNearCache keeps values in the process, too; see package nearcache.
func WithNearCache(n NearCache) Option {
	return func(o *options) error { o.near = n; return nil }
}

func positive(at *time.Duration, d time.Duration, what string) error {
	if d <= 0 {
		return errors.New(what + " must be positive")
	}
	*at = d
	return nil
}

// dialFunc is how this client's connections are made.
func (o *options) dialFunc() func(ctx context.Context, network, address string) (net.Conn, error) {
	dial := o.dial
	if dial == nil {
		d := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: o.keepAlive, Interval: o.keepAlive, Count: 3}}
		dial = d.DialContext
	}
	if o.tls == nil {
		return dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		nc, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		cfg := o.tls.Clone()
		if cfg.ServerName == "" {
			if host, _, err := net.SplitHostPort(address); err == nil {
				cfg.ServerName = host
			}
		}
		tc := tls.Client(nc, cfg)
		if err := tc.HandshakeContext(ctx); err != nil {
			nc.Close()
			return nil, err
		}
		return tc, nil
	}
}
