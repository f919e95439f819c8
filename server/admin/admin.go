package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
)

// Options configure an Admin. Node and Server are required.
type Options struct {
	Node   *session.Node
	Server *server.Server
	// Ready returns why clients should not be sent to the node, or nil. A nil Ready: the node is always ready.
	Ready func() error
	// Members returns the servers of the config, this one included. nil: the status page shows this one alone.
	Members func(context.Context) []Member
	// Names are the accepted host names of requests, beside localhost and any IP address. Requests for other names
	// are refused.
	Names []string
	// Protected refuses clients of other machines if the listener's address is reachable by all (server.ReachAll).
	Protected bool
	// Profiling serves /debug/pprof.
	Profiling bool
	// ShowKeys allows the status page to show keys: those in the slow log.
	ShowKeys bool
	// Logger logs requests that could not be served. Default: none.
	Logger *zap.Logger
}

// Timeouts for sending a request, reading the response, and for requests in flight when the listener stops.
const (
	readTimeout  = 5 * time.Second
	writeTimeout = 2 * time.Minute // a profile takes 30 s by default
	stopTimeout  = 500 * time.Millisecond
)

// Admin answers HTTP requests about a node. Create it with New.
type Admin struct {
	opts Options
	http http.Server
}

// New returns an Admin that is not serving yet.
func New(o Options) *Admin {
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	a := &Admin{opts: o}
	a.http = http.Server{
		Handler:           a.routes(),
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          zap.NewStdLog(o.Logger.WithOptions(zap.IncreaseLevel(zap.WarnLevel))),
		BaseContext:       func(net.Listener) context.Context { return context.Background() },
		ReadHeaderTimeout: readTimeout,
		ConnState:         newCrowd(MaxConnections).changed,
	}
	return a
}

func (a *Admin) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics())
	mux.HandleFunc("GET /healthz", a.health)
	mux.HandleFunc("GET /readyz", a.ready)
	mux.HandleFunc("GET /primary", a.primary)
	mux.HandleFunc("GET /status", a.status)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "status", http.StatusFound) })
	if a.opts.Profiling {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return guarded(named(a.opts.Names, mux))
}

// guarded keeps other sites' web pages from reading responses and from framing them.
func guarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cache-Control", "no-store")
		h.ServeHTTP(w, r)
	})
}

// Run serves on l until ctx is done.
func (a *Admin) Run(ctx context.Context, l net.Listener) error {
	stopped := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if a.http.Shutdown(limit) != nil {
			a.http.Close() //nolint:errcheck // Serve returns the error
		}
	})
	defer stopped()
	if a.opts.Protected && server.ReachOfListener(l.Addr()) == server.ReachAll {
		a.http.Handler = local(a.http.Handler)
	}
	if err := a.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve operators on %s: %w", l.Addr(), err)
	}
	return nil
}
