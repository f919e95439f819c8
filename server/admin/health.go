package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// turnTimeout bounds the time that an event loop may take to turn; beyond it the node counts as unhealthy.
const turnTimeout = 2 * time.Second

// health responds with 200 while every event loop turns. Otherwise the node should be restarted.
func (a *Admin) health(w http.ResponseWriter, r *http.Request) {
	a.answer(w, r, func(ctx context.Context) error { return a.opts.Server.CheckLoops(ctx) })
}

// ready responds with 200 while clients should be sent to the node: it is healthy and in step with its group.
func (a *Admin) ready(w http.ResponseWriter, r *http.Request) {
	a.answer(w, r, func(ctx context.Context) error {
		if a.opts.Ready != nil {
			if err := a.opts.Ready(); err != nil {
				return err
			}
		}
		return a.opts.Server.CheckLoops(ctx)
	})
}

// primary is for proxies that send writes to the primary alone.
func (a *Admin) primary(w http.ResponseWriter, r *http.Request) {
	a.answer(w, r, func(ctx context.Context) error {
		if !a.opts.Node.TakesWrites() {
			return errors.New("this node does not take writes: it is a secondary, is recovering, or may not lead")
		}
		return a.opts.Server.CheckLoops(ctx)
	})
}

func (a *Admin) answer(w http.ResponseWriter, r *http.Request, check func(context.Context) error) {
	ctx, cancel := context.WithTimeout(r.Context(), turnTimeout)
	defer cancel()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err := check(ctx); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, err) //nolint:errcheck // the client is gone
		return
	}
	fmt.Fprintln(w, "ok") //nolint:errcheck // the client is gone
}
