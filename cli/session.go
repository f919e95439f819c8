package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/command"
)

// session is the state shared by all commands of a run. It is for one goroutine.
type session struct {
	catalog *catalog
	layout  client.Config // the whole topology, for WHERE, PLAN and completion
	talk    client.Config // the nodes to send commands to: all of layout, or one
	only    string        // id of the only node to talk to; empty: all
	source  string        // where the topology came from
	listed  bool          // layout is a config file's; otherwise it is one address
	open    func(client.Config, credentials) (*client.Client, error)
	as      credentials
	c       *client.Client // nil until a command needs it
	met     bool           // c knows the nodes that are in no config
	timeout time.Duration  // for one command, or one step of a long one

	out  *printer
	errs io.Writer
	bars bool // progress may be drawn on errs

	input func() (io.Reader, error) // standard input, for "-"; the error says why it cannot be read
	ended bool                      // EXIT was typed

	confirm func(ctx context.Context, question string) (yes bool, err error) // asks the person at the terminal; nil: there is none
}

// credentials are used to sign in; with an empty password a connection does not sign in.
type credentials struct{ user, password string }

// connect makes the client if there is none yet. It does not wait for nodes.
func (s *session) connect() error {
	if s.c != nil {
		return nil
	}
	c, err := s.open(s.talk, s.as)
	s.c = c
	return err
}

// offline reports whether a command does not need the session's client: WHERE makes its own, of all nodes.
func offline(name string) bool {
	return name == "WHERE" || name == "PLAN" || name == "HELP" || name == "EXIT"
}

func (s *session) close() {
	if s.c != nil {
		s.c.Close() //nolint:errcheck // it returns none
	}
}

// execute runs one command, shows its result, and returns its exit status.
func (s *session) execute(ctx context.Context, words []shellwords.Word) int {
	r, err := s.run(ctx, words)
	status := statusOf(err)
	if r != nil {
		if e := s.out.show(r); e != nil {
			return s.fail(e)
		}
		status = max(status, r.status())
	}
	if err != nil {
		return max(s.fail(err), status)
	}
	return status
}

// fail shows an error and returns its status.
func (s *session) fail(err error) int {
	s.out.showError(s.errs, err)
	return statusOf(err)
}

func (s *session) run(ctx context.Context, words []shellwords.Word) (result, error) {
	if len(words) == 0 {
		return nil, usagef("no command; HELP lists them")
	}
	name := canonical(words[0].Text)
	spec, ok := s.catalog.find(name)
	if !ok {
		return nil, s.unknown(words[0].Text)
	}
	if len(words) == 2 && !words[1].Quoted && words[1].Text == "--help" {
		return cmdHelp(ctx, s, []string{"HELP", name})
	}
	args := shellwords.Texts(words)
	args[0] = name
	spec, _ = s.catalog.findWith(args)
	own := s.catalog.own[name]
	if len(args) == 1 && name == "KEYS" {
		args = append(args, "*") // as in the line dialect
	}
	if err := checkArity(spec, args); err != nil {
		return nil, err
	}
	if err := s.readInput(spec, words, args); err != nil {
		return nil, err
	}
	if !offline(name) {
		if err := s.connect(); err != nil {
			return nil, err
		}
	}
	if spec.Group == ownGroup {
		return own.run(ctx, s, args)
	}
	if name == "KEYS" {
		return &keysResult{ctx: ctx, s: s, pattern: args[1]}, nil // each step has its own limit
	}
	ctx, cancel := s.within(ctx)
	defer cancel()
	return s.route(ctx, spec, args)
}

// within bounds one command, or one step of a long one.
func (s *session) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.timeout)
}

// toNodes reports whether a command in both tables is meant for the nodes.
func toNodes(args []string) bool {
	return len(args) > 1 && strings.Trim(args[1], ".0123456789") != ""
}

func (s *session) unknown(name string) error {
	if near := s.catalog.near(name); near != "" {
		return usagef("unknown command %s; did you mean %s?", shellwords.Quote(name), near)
	}
	return usagef("unknown command %s; HELP lists all", shellwords.Quote(name))
}

func checkArity(spec command.Spec, args []string) error {
	n, a := len(args), spec.Arity
	if n == a || a < 0 && n >= -a && (spec.Group != ownGroup || n <= mostWords(spec)) {
		return nil
	}
	hint := ""
	if n > 1 && strings.HasPrefix(args[n-1], "--") {
		hint = "; flags stand before the command"
	}
	return usagef("usage: %s%s", usage(spec), hint)
}

// mostWords is the most words that an own command takes.
func mostWords(spec command.Spec) int { return 1 + len(strings.Fields(spec.Syntax)) }

func usage(spec command.Spec) string { return strings.TrimSpace(spec.Name + " " + spec.Syntax) }

// errInput means that standard input cannot be a value.
var errInput = errors.New("- stands for standard input, which has the commands here; quote it to mean a dash")

// readInput replaces an unquoted - argument by standard input, where the command expects a
// value.
func (s *session) readInput(spec command.Spec, words []shellwords.Word, args []string) error {
	done := false
	for i := 1; i < len(words); i++ {
		if words[i].Quoted || words[i].Text != "-" || !isValue(spec, i) {
			continue
		}
		if done {
			return usagef("- stands for standard input, and can be read only once")
		}
		done = true
		in, err := s.input()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(io.LimitReader(in, client.MaxItemBytes+1))
		if err != nil {
			return usagef("reading standard input: %v", err)
		}
		if len(data) > client.MaxItemBytes {
			return usagef("standard input has more than %d bytes, the limit of key and value together", client.MaxItemBytes)
		}
		args[i] = string(data)
	}
	return nil
}

// isValue reports whether argument i of a command is a value, by its syntax.
func isValue(spec command.Spec, i int) bool {
	if spec.Step == 2 {
		return i%2 == 0 // MSET and MSETNX
	}
	words := strings.Fields(spec.Syntax)
	return i <= len(words) && (words[i-1] == "value" || words[i-1] == "message")
}
