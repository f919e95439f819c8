package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/goruntime"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/internal/node"
	"github.com/cachegopher/cachegopher/internal/timeslice"
)

// stopTimeout bounds the time in which a node stops after a signal. Clients that have not read their replies by then are
// cut off.
const stopTimeout = 4500 * time.Millisecond

var (
	errHurried = errors.New("stopped at once by a signal, without waiting for clients and secondaries")
	errUnasked = errors.New("the node stopped by itself")
)

// serve runs the chosen server until a signal or a failure ends it.
func serve(s *selection, signals <-chan os.Signal, stdout, stderr io.Writer) error {
	// The node must outlive the terminal or pipe that its log goes to.
	signal.Ignore(syscall.SIGPIPE)

	log, err := openLog(s, stdout, stderr)
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the process ends
	logConfig(s, log)
	if err := timeslice.Shorten(); err != nil {
		log.Debug("clients may wait longer for a processor", zap.Error(err))
	}
	n, err := newNode(s, log)
	if err == nil {
		goruntime.AddProcessors(int(s.Node.EventLoops))
		run := func(ctx context.Context) error {
			goruntime.Keep(ctx, n.Memory, log.Logger)
			attend(ctx, n, log)
			return n.Run(ctx)
		}
		err = supervise(run, func() error { return reload(n) }, signals, log, stopTimeout, n.Saving)
	}
	if exitFor(err) == exitUsage {
		return err // to standard error only, like the faults found before the log was opened
	}
	if err != nil {
		log.Error("node ended", zap.Error(err))
		return err
	}
	log.Info("stopped")
	return nil
}

// newNode makes the chosen node, with the sockets that the service manager has opened.
func newNode(s *selection, log *logging.Logger) (*node.Node, error) {
	listeners, stored, err := inherited()
	if err != nil {
		return nil, err
	}
	s.StateFolder, s.CacheFolder = stateFolder(), firstFolder("CACHE_DIRECTORY")
	o := node.Options{Setup: s.Setup, Version: version, Log: log, Manager: stored, Listeners: listeners}
	if s.File != nil && s.File.Path != "" {
		o.Reread = s.again
	}
	return node.New(o)
}

// logConfig logs why the node has no config, or the warnings about its config.
func logConfig(s *selection, log *logging.Logger) {
	switch {
	case s.File != nil:
		for _, w := range node.Warnings(s.File) {
			log.Warn(w)
		}
	case s.ignored != "":
		log.Info("no config: running a standalone node, since --address is given without --config", zap.String("not_read", s.ignored))
	default:
		log.Info("no config: running a standalone node", zap.Strings("looked_in", config.Folders()))
	}
}

// openLog opens the log that the config asks for. With "production" nothing goes to standard output, and without a log
// file the log then goes to standard error. "production" is about terminals: lines go to a service manager's journal in
// any case, with their priorities.
func openLog(s *selection, stdout, stderr io.Writer) (*logging.Logger, error) {
	o := logging.Options{Node: s.Node.ID, Fallback: stderr}
	if s.File != nil {
		o.Level, o.File = s.File.Logging.Level, s.File.Logging.File
	}
	if f, ok := stdout.(*os.File); ok && toJournal(f) {
		o.Console, o.Journal = stdout, true
	} else if !s.Node.Production {
		o.Console = stdout
	}
	log, err := logging.New(o)
	if err != nil && s.File != nil && o.File != "" {
		return nil, s.LogFault(err)
	}
	return log, err
}
