package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"runtime"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/server/reactor"
	"github.com/cachegopher/cachegopher/server/session"
)

// Defaults of Options.
const (
	DefaultMaxConnections = 10_000
	DefaultKeepAlive      = 60 * time.Second
	DefaultClientBuffers  = 256 << 20
	DefaultInputBacklog   = 32 << 20
	DefaultStopTimeout    = 4 * time.Second
)

// Options configure a Server. Zero values mean the defaults.
type Options struct {
	// Addresses to listen on: host:port for TCP, of which port 0 takes any free one, or unix:///path
	// for a unix socket. At least one, unless there are Listeners.
	Addresses []string
	// Listeners are sockets opened by another program, such as a service manager. The Server serves
	// them beside its Addresses and closes them. If New fails they are still the caller's.
	Listeners []net.Listener
	// SocketMode are the permissions of the unix sockets among Addresses. Default: 0777 without the umask.
	SocketMode fs.FileMode
	// TLSAddress is host:port of a listener for TLS, configured by TLS. Default: none.
	TLSAddress string
	TLS        *tls.Config
	// TLSVouched: TLS demands a certificate of every client, so Protected does not apply there.
	TLSVouched bool
	// EventLoops is the number of goroutines that serve connections. Default: GOMAXPROCS.
	EventLoops int
	// MaxConnections is the number of clients served at the same time. One more gets an error and is closed, at
	// its first request or after two seconds, since it may be a node of the group or a health check. The number
	// is lowered if the process may not open enough files. Default: 10,000.
	MaxConnections int
	// OtherFiles is the number of descriptors that the rest of the process needs. Default: none.
	OtherFiles int
	// PerAddress is the number of connections that one client address may have at the same time, and
	// RatePerSecond how many new ones a second. Default: any number.
	PerAddress, RatePerSecond int64
	// Protected turns away clients of other machines at listeners with ReachAll: for nodes without users.
	Protected bool
	// IdleTimeout closes a client from which nothing was received, and which took no reply, for this
	// long; an eighth and 0.1 s longer at most. Default: none.
	IdleTimeout time.Duration
	// KeepAlive is the time after which a silent TCP connection is probed. Default: 60 s; negative: never.
	KeepAlive time.Duration
	// ClientBuffers bounds, in bytes, the memory of all connections for requests not yet executed
	// and replies not yet sent. Beyond it the connection that keeps most is closed. Default: 256 MB.
	ClientBuffers int64
	// InputBacklog is the number of bytes of unexecuted requests beyond which a connection is closed.
	// Default: 32 MB.
	InputBacklog int
	// StopTimeout bounds how long a stop waits for clients to take their replies. Default: 4 s.
	StopTimeout time.Duration
	// Logger gets events of the server and of connections; nothing is logged per request. Default: none.
	Logger *zap.Logger

	// Node is served. Required.
	Node *session.Node

	// sessions makes the sessions; tests put their own in place of Node's.
	sessions sessions
}

// withDefaults returns o with its zero values filled in, or an error if a value is out of range.
func (o Options) withDefaults() (Options, error) {
	if o.EventLoops == 0 {
		o.EventLoops = runtime.GOMAXPROCS(0)
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = DefaultMaxConnections
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = DefaultKeepAlive
	}
	if o.ClientBuffers == 0 {
		o.ClientBuffers = DefaultClientBuffers
	}
	if o.InputBacklog == 0 {
		o.InputBacklog = DefaultInputBacklog
	}
	if o.StopTimeout == 0 {
		o.StopTimeout = DefaultStopTimeout
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	if o.sessions == nil && o.Node != nil {
		o.sessions = nodeSessions{o.Node}
	}
	switch {
	case len(o.Addresses)+len(o.Listeners) == 0:
		return o, errors.New("no address to listen on")
	case o.sessions == nil:
		return o, errors.New("no node to serve")
	case o.TLSAddress != "" && o.TLS == nil:
		return o, errors.New("a TLS address without a TLS configuration")
	case o.EventLoops < 0 || o.EventLoops > reactor.MaxLoops:
		return o, fmt.Errorf("event loops: %d is not within 1 to %d", o.EventLoops, reactor.MaxLoops)
	case o.MaxConnections < 0:
		return o, fmt.Errorf("connections: %d is less than 1", o.MaxConnections)
	case o.PerAddress < 0 || o.RatePerSecond < 0:
		return o, errors.New("a limit of connections by address is negative")
	case o.IdleTimeout < 0:
		return o, fmt.Errorf("idle timeout: %v is negative", o.IdleTimeout)
	case o.ClientBuffers < 0, o.InputBacklog < 0, o.StopTimeout < 0:
		return o, errors.New("a limit is negative")
	}
	return o, nil
}
