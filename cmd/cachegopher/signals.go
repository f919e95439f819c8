package main

import (
	"context"
	"os"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/logging"
)

// samePress is the longest time between two SIGINTs of one press of Ctrl-C: the terminal sends one to the whole process
// group, and a wrapper passes its own on.
const samePress = 200 * time.Millisecond

// impatience decides which signals end a node at once, which cuts off clients and loses writes that the secondaries do
// not have yet: SIGQUIT, and a second press of Ctrl-C. A second SIGTERM does not: timeout(1) and service managers send it
// twice within milliseconds.
type impatience struct {
	interrupted time.Time // the first SIGINT; zero: none
}

// takes reports whether s, received at now, ends the node at once.
func (i *impatience) takes(s os.Signal, now time.Time) bool {
	switch s {
	case syscall.SIGQUIT:
		return true
	case syscall.SIGINT:
		if i.interrupted.IsZero() {
			i.interrupted = now
			return false
		}
		return now.Sub(i.interrupted) >= samePress
	}
	return false
}

// supervise calls run and handles signals until it returns. The first SIGTERM or SIGINT cancels run's context, and run
// has timeout to return, and longer while saving reports that it writes a snapshot and comes on with it. A signal of
// impatience ends supervise at once. SIGHUP reopens the log file and calls reload.
func supervise(run func(context.Context) error, reload func() error, signals <-chan os.Signal, log *logging.Logger, timeout time.Duration, saving func() (is bool, bytes int64)) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	var late <-chan time.Time
	grace := saveGrace{of: saving}
	var again impatience
	for {
		select {
		case err := <-done:
			if ctx.Err() == nil && err == nil {
				err = errUnasked
			}
			return err
		case <-late:
			if grace.extends(time.Now()) {
				late = time.After(extendEvery)
				continue
			}
			log.Warn("stopping took too long: closing the connections of clients that did not read their replies", zap.Duration("after", timeout))
			return nil
		case s := <-signals:
			switch {
			case s == syscall.SIGHUP:
				reopen(log)
				if err := reload(); err != nil {
					log.Error("not reloaded; nothing has changed", zap.Error(err))
				}
			case again.takes(s, time.Now()):
				return errHurried
			case late == nil:
				log.Info("stopping", zap.String("signal", s.String()))
				notifyStopping()
				cancel()
				late = time.After(timeout)
			}
		}
	}
}

func reopen(log *logging.Logger) {
	if !log.HasFile() {
		return
	}
	if err := log.Reopen(); err != nil {
		log.Error("cannot reopen the log file; the old one stays in use", zap.Error(err))
		return
	}
	log.Info("log file reopened")
}
