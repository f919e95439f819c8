package replication

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
)

// The document shows what was reported last of each part between these lines.
const (
	linesBegin = "<!-- measured by make bench-replication; do not edit -->\n```\n"
	linesEnd   = "```\n<!-- end of what replication was measured to cost -->\n"
)

// reported is a line of report: its make and its part.
var reported = regexp.MustCompile(`^(\S+) +([a-z]+): .`)

// Document puts lines that were reported into a file, in place of those of the same makes and parts.
func Document(file string, lines []string) error {
	return result.EditBetween(file, linesBegin, linesEnd, func(shown string) string { return replaceLines(shown, lines) })
}

// replaceLines replaces, of the lines shown, those of the makes and parts of other lines.
func replaceLines(shown string, lines []string) string {
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
	return b.String()
}

// reportedKey is part and make of a line, by which lines are in order; empty: it was not reported.
func reportedKey(line string) string {
	m := reported.FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return m[2] + " " + m[1]
}
