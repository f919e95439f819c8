package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"time"
)

// Option configures a client. Only an option that names the nodes is required.
type Option func(*options) error

type options struct {
	source      func() (Config, error)
	seeds       []string              // addresses to ask for the topology; nil: source provides it
	follows     bool                  // primaries and servers that nodes report override those of source
	onTopology  func(topology []byte) // called with each topology that a node sends; nil: nodes are not asked
	onPrimary   func(n *node)         // called when a node's greeting says that it leads; nil: greetings are not compared with topologies
	file        string                // the file that source reads; empty: none
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
	local       bool
	own         *ownWrites // nil without WithReadYourWrites
	loadTimeout time.Duration
}

// timings are options that the config may set too.
type timings struct {
	maxAge    time.Duration
	keepAlive time.Duration
	aside     time.Duration
}

// longest bounds the timings so that sums do not overflow.
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

// obey sets the timings that no option has set: to the config's or, where it has none, to the defaults.
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

// dialer returns a dialer for a node at these places.
func (o *options) dialer(places []place) dialer {
	return dialer{places: places, timeout: o.connTimeout, dial: o.dialFunc(),
		user: o.user, pass: o.pass, name: o.name,
		limits: connLimits{inFlight: o.inFlight, queueBytes: o.queueBytes, failFull: o.failFull, readTimeout: o.readTimeout}, onTopology: o.onTopology}
}

func positive(at *time.Duration, d time.Duration, what string) error {
	if d <= 0 {
		return errors.New(what + " must be positive")
	}
	*at = d
	return nil
}

// dialFunc returns the function that dials, with TLS if it is set.
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
