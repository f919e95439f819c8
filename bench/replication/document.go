package replication

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Markers in the document; the latest report of each part stands between them.
const (
	linesBegin = "<!-- measured by make bench-replication; do not edit -->\n```\n"
	linesEnd   = "```\n<!-- end of the measured cost of replication -->\n"
)

// reported matches a line of report, with its make and part.
var reported = regexp.MustCompile(`^(\S+) +([a-z]+): .`)

// Document puts reported lines into a file, replacing those of the same makes and parts.
func Document(file string, lines []string) error {
	return result.EditBetween(file, linesBegin, linesEnd, func(shown string) string { return replaceLines(shown, lines) })
}

// replaceLines replaces lines in shown with those of the same make and part in lines.
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

// reportedKey returns part and make of a line, the sort key; empty: not a reported line.
func reportedKey(line string) string {
	m := reported.FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	return m[2] + " " + m[1]
}
