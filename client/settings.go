package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// WithConfigFile takes the topology from the JSON file that the nodes read. When the file
// changes the client applies the new config; see WithConfigWatch and WithReloadHook.
func WithConfigFile(path string) Option {
	return func(o *options) error {
		o.source, o.file, o.seeds, o.follows = func() (Config, error) { return ReadConfig(path) }, path, nil, true
		return nil
	}
}

// WithConfig takes the topology from a value.
func WithConfig(cfg Config) Option {
	return func(o *options) error {
		o.source, o.file, o.seeds, o.follows = func() (Config, error) { return cfg, nil }, "", nil, true
		return nil
	}
}

// WithServers makes every address, host:port or unix:///path, a group of one node. The
// strings decide where keys go: use the same ones in every client.
func WithServers(addresses ...string) Option {
	with := WithConfig(servers(addresses))
	return func(o *options) error {
		err := with(o)
		o.follows = false // the nodes know the groups by other names
		return err
	}
}

// WithConnsPerNode sets how many connections are kept to each node. The default
// is 2, or 1 on a single processor. More than GOMAXPROCS does not help.
func WithConnsPerNode(n int) Option {
	return func(o *options) error {
		if n < 1 || n > 64 {
			return errors.New("connections per node must be 1 to 64")
		}
		o.conns = n
		return nil
	}
}

// WithReadTimeout bounds the wait for a reply: a connection is closed when its oldest
// unanswered request reaches this age. Default 1 s. A caller's context may end sooner; that
// does not affect the connection.
func WithReadTimeout(d time.Duration) Option {
	return func(o *options) error { return positive(&o.readTimeout, d, "read timeout") }
}

// WithConnectTimeout bounds dialling and greeting together. Default 1 s.
func WithConnectTimeout(d time.Duration) Option {
	return func(o *options) error { return positive(&o.connTimeout, d, "connect timeout") }
}

// WithConnMaxAge sets the age at which a connection is replaced; the old one finishes
// what is in flight. Default 300 s or the config's connectionTimeout.
func WithConnMaxAge(d time.Duration) Option {
	return func(o *options) error { return positive(&o.maxAge, d, "maximum age") }
}

// WithKeepAlive sets TCP's keepalive interval. Default 15 s or the config's
// keepAliveInterval.
func WithKeepAlive(d time.Duration) Option {
	return func(o *options) error { return positive(&o.keepAlive, d, "keepalive interval") }
}

// WithUnhealthy sets after how many failures in a row a node is set aside, and for how
// long, with a jitter of a quarter. Default 3 and 30 s, or the config's
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

// WithMaxInFlight limits each connection's unanswered requests and bytes of unsent
// requests. Callers above the limits wait for room as long as their contexts allow.
// Default 8,192 requests and 4 MB.
func WithMaxInFlight(requests, bytes int) Option {
	return func(o *options) error {
		if requests < 1 || bytes < 1 {
			return errors.New("limits of requests and bytes in flight must be at least 1")
		}
		o.inFlight, o.queueBytes = requests, bytes
		return nil
	}
}

// WithFailWhenFull makes operations fail with ErrBusy instead of waiting for room in a
// connection's queue.
func WithFailWhenFull() Option {
	return func(o *options) error { o.failFull = true; return nil }
}

// WithRetries sets how often a request is tried again, alone or in an operation on many
// keys: a write on the primary when it certainly was not sent or is Idempotent, and a read
// once more on each member after all have failed. Default 2; 0: a write is tried once,
// and a read once on each member. After READONLY a write is tried on the group's other
// members in any case.
func WithRetries(n int) Option {
	return func(o *options) error {
		if n < 0 || n > 100 {
			return errors.New("retries must be 0 to 100")
		}
		o.tries = n + 1
		return nil
	}
}

// ReadPolicy decides which member of a group answers a read.
type ReadPolicy int

const (
	// ReadRoundRobin spreads reads over the group's healthy members.
	ReadRoundRobin ReadPolicy = iota
	// ReadPrimary reads from the primary, which has the latest writes. Other members
	// are asked only when it does not answer.
	ReadPrimary
	// ReadFastest asks the member with the lowest recent latency.
	ReadFastest
	// ReadNearest spreads reads over the healthy members of the client's zone
	// (WithZone), or over all if there are none.
	ReadNearest
)

// WithReads sets the read policy. Default ReadRoundRobin.
func WithReads(p ReadPolicy) Option {
	return func(o *options) error {
		if p < ReadRoundRobin || p > ReadNearest {
			return errors.New("unknown read policy")
		}
		o.reads = p
		return nil
	}
}

// WithZone sets the client's zone, for ReadNearest.
func WithZone(zone string) Option {
	return func(o *options) error { o.zone = zone; return nil }
}

// WithHedgedReads asks a second member when the first has not answered within its 95th
// percentile, and takes the first answer. At most one read in twenty is hedged.
func WithHedgedReads() Option {
	return func(o *options) error { o.hedge = true; return nil }
}

// WithAuth authenticates every connection. An empty user is the default user.
func WithAuth(user, password string) Option {
	return func(o *options) error { o.user, o.pass = user, password; return nil }
}

// WithName sets the name of the client's connections in CLIENT LIST.
func WithName(name string) Option {
	return func(o *options) error { o.name = name; return nil }
}

// WithTLS encrypts connections. Unless cfg has a server name, it is the host of the
// dialled address. A node of a config that has a tls_address is dialled there.
func WithTLS(cfg *tls.Config) Option {
	return func(o *options) error { o.tls = cfg; return nil }
}

// WithDialer replaces the dialer. The network is "tcp" or "unix". The function should
// observe its context.
func WithDialer(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(o *options) error { o.dial = dial; return nil }
}

// WithHooks sets the observer of operations.
func WithHooks(h Hooks) Option {
	return func(o *options) error { o.hooks = h; return nil }
}

// WithLoadTimeout bounds a load by GetOrLoad. Default 30 s.
func WithLoadTimeout(d time.Duration) Option {
	return func(o *options) error { return positive(&o.loadTimeout, d, "load timeout") }
}

// WithNearCache keeps copies of values in the process; see package nearcache.
func WithNearCache(n NearCache) Option {
	return func(o *options) error { o.near = n; return nil }
}
