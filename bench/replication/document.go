//go:build linux

package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/wholefile"
)

// The document shows what was reported last of each part between these lines.
const (
	linesBegin = "<!-- measured by make bench-replication; do not edit -->\n```\n"
	linesEnd   = "```\n<!-- end of what replication was measured to cost -->\n"
)

// reported is a line of report: its make and its part.
var reported = regexp.MustCompile(`^(\S+) +([a-z]+): .`)

// document puts lines that were reported into a file, in place of those of the same makes and parts.
func document(file string, lines []string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text, err := replaceLines(string(data), lines)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return wholefile.Write(file, []byte(text), 0o644)
}

func replaceLines(text string, lines []string) (string, error) {
	before, rest, ok := strings.Cut(text, linesBegin)
	shown, after, ok2 := strings.Cut(rest, linesEnd)
	if !ok || !ok2 {
		return "", fmt.Errorf("no place for the lines, between %q and %q", linesBegin, linesEnd)
	}
	fresh := map[string]bool{}
	lines = slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return reportedKey(line) == "" })
	for _, line := range lines {
		fresh[reportedKey(line)] = true
	}
	for line := range strings.Lines(shown) {
		if line = strings.TrimRight(line, "\n"); !fresh[reportedKey(line)] {
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int { return strings.Compare(reportedKey(a), reportedKey(b)) })
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	return before + linesBegin + b.String() + linesEnd + after, nil
}

// reportedKey is part and make of a line, by which lines are in order; empty: it was not reported.
func reportedKey(line string) string {
	m := reported.FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return m[2] + " " + m[1]
}
