package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/server"
	"github.com/cachegopher/cachegopher/server/session"
)

// Options say what is shown. Node and Server are required.
type Options struct {
	Node   *session.Node
	Server *server.Server
	// Ready returns nil once the node serves and is in sync; nil: it always is.
	Ready func() error
	// Members are the servers of the topology, this one included, as its configuration lists them. nil: this one alone.
	Members func(context.Context) []Member
	// Metrics are shown beside the node's own; may be nil.
	Metrics prometheus.Collector
	// Names are host names under which the listener is asked, beside localhost and IP addresses: requests for others
	// are refused.
	Names []string
	// Protected refuses clients of other machines on a listener that everybody reaches (server.ReachAll).
	Protected bool
	// Profiling serves /debug/pprof.
	Profiling bool
	// ShowKeys allows the status page to show keys: those in the slow log.
	ShowKeys bool
	// Logger takes failures to answer. Default: none.
	Logger *zap.Logger
}

// Times within which a client has to send its request and take its answer.
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

// guarded keeps web pages of others from reading what is answered here, and from framing it.
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
			a.http.Close() //nolint:errcheck // nobody is left to tell
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
