package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/reeflective/readline"
	"golang.org/x/term"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
)

// converse reads commands at the prompt until EXIT or Ctrl-D. Its status is always
// ExitDone: the person has seen what went wrong.
func (s *session) converse(a *app) error {
	if err := s.connect(); err != nil { // so that the first command need not wait
		return err
	}
	s.greet()
	shell := s.shell(historyPath(a.Getenv))
	for !s.ended {
		line, err := shell.Readline()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, readline.ErrInterrupt):
			continue
		case err != nil:
			return fmt.Errorf("reading the terminal: %w", err)
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		if width, _, err := term.GetSize(int(a.Out.Fd())); err == nil {
			s.out.width = width
		}
		s.typed(line)
	}
	return nil
}

// greet shows which nodes the prompt talks to.
func (s *session) greet() {
	nodes := 0
	for _, g := range s.layout.Groups {
		nodes += len(g.Members)
	}
	whom := plural(int64(len(s.layout.Groups)), "group", "groups") + ", " + plural(int64(nodes), "node", "nodes")
	if s.source != "" {
		whom += ", from " + s.source
	}
	if s.only != "" {
		whom = "talking to " + s.only + " alone"
	}
	s.out.line(s.out.paint(dim, whom+". HELP lists the commands, Tab completes, Ctrl-D leaves.")) //nolint:errcheck // the writer keeps the error
	s.out.w.Flush()                                                                               //nolint:errcheck // the prompt would fail, too
}

// typed executes one line; Ctrl-C interrupts it.
func (s *session) typed(line string) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	words, err := shellwords.Split(line)
	if err != nil {
		s.fail(err)
		return
	}
	s.execute(ctx, words)
}

// shell returns the line editor, set up for this session.
func (s *session) shell(historyFile string) *readline.Shell {
	shell := readline.NewShell()
	// The cursor is where the prompt ends; asking the terminal costs a round trip a key.
	shell.Config.Set("cursor-position-probe", false) //nolint:errcheck // the option exists
	// Tab first inserts the common prefix of all candidates, and lists them.
	shell.Config.Set("menu-complete-display-prefix", true) //nolint:errcheck // the option exists
	shell.Prompt.Primary(func() string { return s.out.paint(bold, s.name()+">") + " " })
	shell.History.Delete()
	shell.History.Add("history", openHistory(historyFile, s.catalog, func(err error) { s.fail(err) }))
	shell.AcceptMultiline = func(line []rune) bool {
		var e *shellwords.Error
		_, err := shellwords.Split(string(line))
		return !errors.As(err, &e) || !e.Open
	}
	shell.Completer = func(line []rune, cursor int) readline.Completions {
		var all []readline.Completion
		for _, c := range s.complete(string(line[:cursor])) {
			all = append(all, readline.Completion{Value: c.text, Display: c.text, Description: c.about})
		}
		return readline.CompleteRaw(all)
	}
	if s.out.color {
		shell.SyntaxHighlighter = func(line []rune) string { return s.highlight(string(line)) }
	}
	s.showHints(shell)
	return shell
}

// name returns the text of the prompt.
func (s *session) name() string {
	if s.only != "" {
		return s.only
	}
	return "cachegopher"
}

// showHints shows the rest of the syntax, dimmed behind the cursor, or without colours,
// where it would look like typed text, below the line.
func (s *session) showHints(shell *readline.Shell) {
	accepting := false
	shell.Hint.SetProvider(func(line []rune, cursor int) []rune {
		shell.ClearInlineSuggestion()
		hint := ""
		if cursor == len(line) && !accepting {
			hint = s.catalog.hint(string(line))
		}
		if hint == "" {
			return nil
		}
		if !s.out.color {
			return []rune(strings.TrimSpace(hint))
		}
		room := s.out.width - len(s.name()) - len("> ") - len(line) - 1
		if r := []rune(hint); len(r) > room { // on a second line it would be in the way
			hint = string(r[:max(0, room)])
		}
		shell.SetInlineSuggestion(string(line) + hint)
		return nil
	})
	// The editor accepts a suggestion when the cursor moves right at the end of
	// the line. A hint must not be accepted as text.
	commands := shell.Keymap.Commands()
	for _, name := range []string{"forward-char", "forward-word", "end-of-line", "vi-forward-char", "vi-forward-word", "vi-end-of-line", "inline-suggest-accept", "inline-suggest-accept-word"} {
		if move := commands[name]; move != nil {
			shell.Keymap.Register(map[string]func(){name: func() {
				shell.ClearInlineSuggestion()
				move()
			}})
		}
	}
	// A finished or abandoned line keeps no hint.
	for _, name := range []string{"accept-line", "accept-and-hold", "operate-and-get-next", "accept-and-infer-next-history", "abort"} {
		if end := commands[name]; end != nil {
			shell.Keymap.Register(map[string]func(){name: func() {
				accepting = true
				defer func() { accepting = false }()
				shell.Display.Refresh()
				end()
			}})
		}
	}
}

// highlight colours a line's first word: a known command, or an unknown one.
func (s *session) highlight(line string) string {
	rest := strings.TrimLeft(line, " ")
	name, _, more := strings.Cut(rest, " ")
	start := len(line) - len(rest)
	end := start + len(name)
	switch _, ok := s.catalog.find(name); {
	case name == "":
		return line
	case ok:
		return line[:start] + paint(cyan, name) + line[end:]
	case more:
		return line[:start] + paint(red, name) + line[end:]
	}
	return line
}
