package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cachegopher/cachegopher/cli/internal/shellwords"
	"github.com/cachegopher/cachegopher/internal/wholefile"
)

// historyLines is the number of lines that the history keeps.
const historyLines = 1000

// history holds the lines typed, oldest first, and keeps them in a file. Lines
// with secrets are never in it. It implements a history source of package readline.
type history struct {
	path  string // empty: only for this prompt
	lines []string
	warn  func(error) // called once if the file cannot be written

	catalog *catalog
}

// historyPath returns the file in the user's state folder, or "" if there is no such folder.
func historyPath(getenv func(string) string) string {
	folder := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(folder) { // the XDG standard says to ignore relative paths
		home := getenv("HOME")
		if home == "" {
			return ""
		}
		folder = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(folder, "cachegopher", "history")
}

// openHistory reads the file and shortens it if it has grown long. Without a file
// that can be read the history begins empty.
func openHistory(path string, c *catalog, warn func(error)) *history {
	h := &history{path: path, warn: warn, catalog: c}
	if path == "" {
		return h
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		h.path = "" // a link to /dev/null means that no history is wanted, and a FIFO would block the prompt
		return h
	}
	f, err := os.Open(path)
	if err != nil {
		return h
	}
	defer f.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		n++
		if line := lines.Text(); line != "" && !h.catalog.secret(line) {
			h.lines = append(h.lines, line)
		}
	}
	h.lines = h.lines[max(0, len(h.lines)-historyLines):]
	if n > 2*historyLines {
		h.rewrite()
	}
	return h
}

// rewrite replaces the file by the lines that are kept.
func (h *history) rewrite() {
	text := strings.Join(h.lines, "\n") + "\n"
	wholefile.Write(h.path, []byte(text), 0o600) //nolint:errcheck // the longer file works too
}

// Write adds a line, unless it repeats the last one or has a secret.
func (h *history) Write(line string) (int, error) {
	line = strings.TrimSpace(line)
	if line == "" || strings.ContainsAny(line, "\n\r") || h.catalog.secret(line) || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return len(h.lines), nil
	}
	h.lines = append(h.lines, line)
	if h.path == "" {
		return len(h.lines), nil
	}
	if err := appendLine(h.path, line); err != nil {
		h.path = ""
		h.warn(fmt.Errorf("the history is kept for this prompt only: %w", err))
	}
	return len(h.lines), nil
}

func appendLine(path, line string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}

// GetLine returns the line at an index, from 0.
func (h *history) GetLine(at int) (string, error) {
	if at < 0 || at >= len(h.lines) {
		return "", errors.New("the history has no such line")
	}
	return h.lines[at], nil
}

// Len returns the number of lines.
func (h *history) Len() int { return len(h.lines) }

// Dump returns all lines.
func (h *history) Dump() any { return h.lines }

// secret reports whether a line has, or may have, a password: AUTH and HELLO with
// arguments, settings and users with passwords, and addresses with a password before
// an @. A line that cannot be split into words is judged by its text.
func (c *catalog) secret(line string) bool {
	words, err := shellwords.Split(line)
	if err != nil {
		upper := strings.ToUpper(line)
		return strings.Contains(upper, "AUTH") || strings.Contains(upper, "HELLO") || strings.Contains(upper, "PASS") || strings.Contains(line, "://")
	}
	for i, w := range words {
		upper := strings.ToUpper(w.Text)
		switch {
		case i == 0 && (canonical(w.Text) == "AUTH" || canonical(w.Text) == "HELLO" || canonical(w.Text) == "ACL"):
			return true
		case i == 0 && c.nearAuth(upper):
			return true // mistyped, and the password is there all the same
		case i > 0 && strings.Contains(upper, "PASS") && isConfig(words[0].Text), i > 0 && strings.Contains(upper, "AUTH") && isConfig(words[0].Text):
			return true
		case i > 0 && strings.HasPrefix(upper, "--") && strings.Contains(upper, "PASS"):
			return true
		case hasURLPassword(w.Text):
			return true
		}
	}
	return false
}

func isConfig(name string) bool { return strings.EqualFold(name, "CONFIG") }

// nearAuth reports whether an unknown command may be a mistyped AUTH.
func (c *catalog) nearAuth(upper string) bool {
	_, known := c.find(upper)
	return !known && distance(upper, "AUTH") <= 2
}

// hasURLPassword finds scheme://user:password@host anywhere in text.
func hasURLPassword(text string) bool {
	for rest := text; ; {
		i := strings.Index(rest, "://")
		if i < 0 {
			return false
		}
		rest = rest[i+3:]
		authority := rest
		if end := strings.IndexAny(rest, "/?# \t\r\n\"'"); end >= 0 {
			authority = rest[:end]
		}
		if at := strings.LastIndexByte(authority, '@'); at > 0 {
			return true
		}
		// A password may contain any of those delimiters, against the rules.
		if at, colon := strings.IndexByte(rest, '@'), strings.IndexByte(rest, ':'); colon >= 0 && at > colon {
			return true
		}
	}
}
