package command

import (
	"os"
	"strings"

	"golang.org/x/term"
)

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// oneLine is an error's text on one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// unknownCommand reports whether err is cobra's for an unknown command, which has no type.
func unknownCommand(err error) bool {
	for _, s := range []string{"unknown command", "accepts ", "requires at least", "required flag"} {
		if strings.HasPrefix(err.Error(), s) {
			return true
		}
	}
	return false
}

const (
	red   = "\x1b[1;31m"
	plain = "\x1b[0m"
)
