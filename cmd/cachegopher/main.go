// Command cachegopher is the node daemon: one server of a CacheGopher topology.
//
// It exits with 0 after a signal that stops it, with 1 if it could not serve, and with 2 if the flags or the config are
// wrong; one line on standard error then says what to correct.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/node"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its globals as arguments; it returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == "hash-password" {
		if err := hashPassword(stdin, stdout, stderr); err != nil {
			return fail(stderr, exitUsage, err)
		}
		return exitDone
	}
	if len(args) > 0 && completes(args[0]) {
		if err := complete(args, stdout, stderr); err != nil {
			return fail(stderr, exitUsage, err)
		}
		return exitDone
	}
	// Before anything else, so that a signal during the start stops the node in order once it runs.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP)
	defer signal.Stop(signals)
	o, err := parseFlags(args, stdout)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return exitDone
	case err != nil:
		return fail(stderr, exitUsage, fmt.Errorf("%w; see cachegopher --help", err))
	case o.version:
		fmt.Fprintln(stdout, versionLine()) //nolint:errcheck // there is nowhere to report it
		return exitDone
	case o.checkConfig:
		return checkConfig(o, stdout, stderr)
	}
	s, err := o.setup()
	if err != nil {
		return fail(stderr, exitUsage, err)
	}
	if o.health {
		signal.Stop(signals) // a signal ends the check at once
		err = s.CheckHealth(context.Background())
	} else if err = s.Check(); err == nil {
		err = serve(s, signals, stdout, stderr)
	}
	if err != nil {
		return fail(stderr, exitFor(err), err)
	}
	return exitDone
}

// exitFor returns the exit status for an error of a node. A wrong config has a separate status, since a restart does not help.
func exitFor(err error) int {
	var fault *config.Error
	if errors.As(err, &fault) {
		return exitUsage
	}
	return exitFailed
}

// fail prints err on one line and returns status. A fault of a config begins with FILE:LINE, as editors expect, any other
// error with the program's name.
func fail(stderr io.Writer, status int, err error) int {
	var fault *config.Error
	if errors.As(err, &fault) && fault.File != "" {
		fmt.Fprintln(stderr, err) //nolint:errcheck // there is nowhere to report it
	} else {
		fmt.Fprintln(stderr, "cachegopher:", err) //nolint:errcheck // there is nowhere to report it
	}
	return status
}

// checkConfig prints the effective values of the config, or of the chosen server, or else each fault on its own line.
func checkConfig(o *options, stdout, stderr io.Writer) int {
	s, err := o.load()
	if err == nil && s.File == nil {
		err = o.uncheckable()
	}
	if err == nil && o.choosesNode() {
		err = o.choose(s)
	}
	if err == nil {
		err = s.CheckConfig(o.choosesNode())
	}
	var all config.Errors
	if errors.As(err, &all) {
		for _, e := range all {
			fail(stderr, exitUsage, e)
		}
		return exitUsage
	}
	if err != nil {
		return fail(stderr, exitUsage, err)
	}
	for _, w := range node.Warnings(s.File) {
		fmt.Fprintln(stderr, "cachegopher: warning:", w) //nolint:errcheck // there is nowhere to report it
	}
	if w := node.OpenWarning(s.File); w != "" {
		fmt.Fprintln(stderr, "cachegopher: warning:", w) //nolint:errcheck // there is nowhere to report it
	}
	for _, w := range s.Differences(context.Background()) {
		fmt.Fprintln(stderr, "cachegopher: warning:", w) //nolint:errcheck // there is nowhere to report it
	}
	if o.choosesNode() {
		err = s.Node.WriteEffective(stdout)
	} else {
		err = s.File.WriteEffective(stdout)
	}
	if err != nil {
		return fail(stderr, exitFailed, err)
	}
	return exitDone
}
