// Package command is the command line of cachegopher-bench. It is a package so that the build with the peers' libraries
// can offer the same commands over more targets.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// Exit statuses.
const (
	exitFailed      = 1 // errors, a latency target missed, a regression
	exitUsage       = 2
	exitInterrupted = 130
)

// app is the state that all commands share.
type app struct {
	schemes sut.Schemes
	commit  string
	out     io.Writer
	err     io.Writer
	live    bool // standard error is a terminal
}

// usageError is a mistake in the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Main runs the command line args and returns the exit status. version and commit come from the linker.
func Main(args []string, schemes sut.Schemes, version, commit string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second Ctrl-C ends the program at once and leaves started servers behind. It is ignored during the first second,
	// because timeout(1) signals twice.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	a := &app{schemes: calibrated(schemes), commit: commit, out: os.Stdout, err: os.Stderr, live: isTerminal(os.Stderr)}
	return a.main(ctx, args, version)
}

func (a *app) main(ctx context.Context, args []string, version string) int {
	root := &cobra.Command{
		Use:               "cachegopher-bench",
		Short:             "Load caches, measure them, compare them",
		Long:              "cachegopher-bench loads caches, ours and others, checks every reply, and reports its measurements and whether they can be trusted.",
		Version:           version,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRunE: sane,
	}
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; %s --help lists the flags", err, c.CommandPath())}
	})
	root.AddCommand(a.runCommand(), a.agentCommand(), a.replayCommand(), a.curveCommand(), a.suiteCommand(), a.cpuCommand(), a.replicationCommand(), a.failoverCommand(), a.movesCommand(), a.clientsCommand(), a.checkCommand(), a.compareCommand(), a.reportCommand(), a.schemaCommand(), a.trustCommand(), a.residentCommand(), a.toyCommand())
	for _, c := range root.Commands() {
		c.Flags().SortFlags = false // they are declared in order of importance
	}
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if root.Context() != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(a.err, "cachegopher-bench: interrupted") //nolint:errcheck // standard error is gone
		return exitInterrupted
	}
	fmt.Fprintln(a.err, "cachegopher-bench:", oneLine(err)) //nolint:errcheck // likewise
	var u usageError
	if errors.As(err, &u) || errors.Is(err, sut.ErrUnknown) || unknownCommand(err) {
		return exitUsage
	}
	return exitFailed
}

// openedHelp lists the targets of a command that opens each anew, for its help.
func openedHelp() string {
	return `Targets:
  inproc:lru                                    package lru in this process
  spawn:cachegopher  spawn:redis-server  spawn:memcached  spawn:valkey-server  spawn:pogocache
                                                started here, bound to cores, measured, stopped
  spawn:cachegopher?client=tcp  spawn:cachegopher?client=local
                                                loaded through the Go client, which reads its memory if local
` + policyHelp() + `
In the build with the peers (make bench-peers): inproc:otter, inproc:ristretto, inproc:freecache and inproc:bigcache.`
}

func policyHelp() string {
	return `?policy=NAME of inproc:lru and spawn:cachegopher is what they evict by; NAME is one of
` + strings.Join(policy.Names(), ", ") + `.`
}

// targetsHelp lists the targets for a command's help.
func (a *app) targetsHelp() string {
	return `Targets:
  cachegopher://host:port  redis://host:port    RESP over raw connections
  line://host:port                              the line dialect
  memcached://host:port                         memcached's text protocol
  cluster://host:port,...                       each request to the node that owns its key's slot
  client:FILE.json  client://host:port          the Go client, over a topology or one node
  local:FILE.json  local://host:port            the same, reading the memory of nodes on this machine
  inproc:lru?memory=256MB                       package lru in this process
  spawn:cachegopher  spawn:redis-server  spawn:memcached  spawn:valkey-server  spawn:pogocache
                                                started here, bound to cores, measured, stopped
  spawn:cachegopher?client=tcp  spawn:cachegopher?client=local
                                                loaded through the Go client, which reads its memory if local
user@ before the host signs in; the password is in CACHEGOPHER_PASSWORD, or in the file that
CACHEGOPHER_PASSWORD_FILE names. user:password@ does too, where all users of the machine can see it.
?pid=N after a server's address has its CPU and memory measured.
` + policyHelp() + `
In the build with the peers (make bench-peers): inproc:otter, inproc:ristretto, inproc:freecache,
inproc:bigcache, go-redis://, go-redis-pipeline://, go-redis-cluster://host:port,..., rueidis://,
gomemcache://, near:FILE.json and near://host:port (the Go client with a near cache).`
}
