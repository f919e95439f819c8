package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
)

// IO holds the streams and the environment of a run.
type IO struct {
	In       *os.File
	Out, Err *os.File
	Getenv   func(string) string
	Version  string // what --version prints
}

const defaultTimeout = 5 * time.Second

// app is one run of the program.
type app struct {
	IO
	options
	status int
}

// Run runs the whole program and returns its exit status. args do not include the program's name.
func Run(args []string, std IO) int {
	a := &app{IO: std}
	root := a.root()
	root.SetArgs(args)
	if err := root.Execute(); err != nil {
		p := newPrinter(a.Out)
		p.json = a.json
		p.showError(a.Err, fmt.Errorf("cachegopher-cli: %w", err))
		return max(statusOf(err), ExitUsage)
	}
	return a.status
}

// Command returns the program as a cobra command, for its manual, with the nodes'
// commands in its description.
func Command() *cobra.Command {
	root := (&app{}).root()
	root.Long += "\n\n# COMMANDS OF THE NODES\n\n" + manual(newCatalog())
	root.DisableAutoGenTag = true
	return root
}

// session prepares a session for commands; the caller closes it.
func (a *app) session() (*session, error) {
	if a.timeout <= 0 {
		return nil, usagef("--timeout must be positive")
	}
	t, err := a.target(a.Getenv)
	if err != nil {
		return nil, err
	}
	s := &session{catalog: newCatalog(), layout: t.layout, talk: t.talk, only: t.only, source: t.source,
		listed: t.listed, as: t.as, open: t.open(a.timeout), timeout: a.timeout, errs: a.Err, out: newPrinter(a.Out)}
	s.out.json = a.json
	s.out.tty = isTerminal(a.Out)
	s.out.color = s.out.tty && a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb"
	if width, _, err := term.GetSize(int(a.Out.Fd())); err == nil {
		s.out.width = width
	}
	s.bars = isTerminal(a.Err) && !a.json
	s.input = func() (io.Reader, error) { return a.In, nil }
	if isTerminal(a.In) && s.bars {
		s.confirm = a.confirm
	}
	return s, nil
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// run executes the command in the arguments, the lines of the pipe, or the lines typed at the prompt.
func (a *app) run(args []string) error {
	s, err := a.session()
	if err != nil {
		return err
	}
	defer s.close()
	if len(args) == 0 && isTerminal(a.In) && s.out.tty {
		return s.converse(a)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if len(args) == 0 {
		a.status = s.lines(ctx, a.In)
		return nil
	}
	words := make([]shellwords.Word, len(args))
	for i, arg := range args {
		words[i] = shellwords.Word{Text: arg}
	}
	s.out.exact = !s.out.tty
	a.status = s.execute(ctx, words)
	if errors.Is(ctx.Err(), context.Canceled) && a.status == ExitUsage {
		a.status = exitInterrupted
	}
	return nil
}
