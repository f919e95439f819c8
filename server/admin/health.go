package admin

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// turnTimeout is how long the event loops may take for one turn before the node counts as sick.
const turnTimeout = 2 * time.Second

// health answers 200 as long as every event loop turns: a node for which it fails should be restarted.
func (a *Admin) health(w http.ResponseWriter, r *http.Request) {
	a.answer(w, r, func(ctx context.Context) error { return a.opts.Server.CheckLoops(ctx) })
}

// ready answers 200 when the node is healthy and in sync: others should be sent elsewhere.
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
