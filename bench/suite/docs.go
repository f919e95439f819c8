package suite

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Markers in a document; the suite writes the part between them.
const (
	docsBegin = "<!-- bench-suite -->"
	docsEnd   = "<!-- /bench-suite -->"
)

// WriteDocs replaces the suite's part of the document at path, or adds it at the end, and writes its pictures beside the
// document.
func WriteDocs(rep *result.Report, path string) error {
	folder := strings.TrimSuffix(path, filepath.Ext(path))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	text, err := markdown(rep, folder)
	if err != nil {
		return err
	}
	doc, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	part := docsBegin + "\n" + text + docsEnd
	before, rest, ok := strings.Cut(string(doc), docsBegin)
	_, after, ok2 := strings.Cut(rest, docsEnd)
	if ok && ok2 {
		return result.WriteFile(path, []byte(before+part+after))
	}
	return result.WriteFile(path, []byte(strings.TrimRight(string(doc), "\n")+"\n\n"+part+"\n"))
}

// shown are the columns of a document's tables.
var shown = []string{"throughput", "p50", "p99", "p99.9", "server CPU", "memory", "hit ratio"}

func markdown(rep *result.Report, folder string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "\nMeasured %s by `%s`: %s. Each figure is the median of its rounds, in which targets took turns; ± is half the range. Every reply was checked.\n",
		rep.Started.Format("2006-01-02"), strings.Join(rep.Command, " "), rep.Machine)
	section := ""
	for _, run := range rep.Runs {
		if run.Section != section {
			section = run.Section
			fmt.Fprintf(&b, "\n### %s\n", section)
			if name, err := picture(rep, section, folder); err != nil {
				return "", err
			} else if name != "" {
				fmt.Fprintf(&b, "\n![%s](%s)\n", section, name)
			}
		}
		fmt.Fprintf(&b, "\n**%s**: %s\n\n%s\n", run.Name, run.Describe(), runTable(run))
		for _, line := range run.Remarks() {
			fmt.Fprintf(&b, "\n%s\n", line)
		}
	}
	fmt.Fprintf(&b, "\n### Where others win\n\nBy more than 5%%:\n\n")
	wins := othersWin(rep)
	if len(wins) == 0 {
		wins = []string{"nowhere in these runs"}
	}
	for _, w := range wins {
		fmt.Fprintf(&b, "- %s\n", w)
	}
	if len(rep.Notes) > 0 {
		fmt.Fprintf(&b, "\n### Doubtful figures\n\n")
		for _, n := range rep.Notes {
			fmt.Fprintf(&b, "- %s\n", n)
		}
	}
	b.WriteString("\n")
	return b.String(), nil
}

func runTable(run *result.Run) string {
	t := table.NewWriter()
	head := table.Row{"target"}
	var metrics []result.Metric
	for _, name := range shown {
		m := result.MetricOf(name)
		for _, x := range run.Targets {
			if len(m.Values(x.Rounds)) > 0 {
				metrics = append(metrics, m)
				head = append(head, name)
				break
			}
		}
	}
	t.AppendHeader(head)
	for _, x := range run.Targets {
		if len(x.Rounds) == 0 {
			continue
		}
		row := table.Row{x.URL}
		for _, m := range metrics {
			cell := m.Cell(x.Rounds)
			if per := memoryEach(run, x); m.Name == "memory" && per > 0 {
				cell += fmt.Sprintf(" (%.0f B an entry)", per)
			}
			row = append(row, cell)
		}
		t.AppendRow(row)
	}
	return t.RenderMarkdown()
}

// memoryEach is the overhead of an entry beside its key and value, in bytes; 0 for runs that do not measure it.
func memoryEach(run *result.Run, t *result.Target) float64 {
	if !strings.HasSuffix(run.Section, ": memory") {
		return 0
	}
	r := t.Rounds[0]
	return float64(r.Resident-r.Empty)/float64(run.Workload.Keys) - 48
}

// othersWin lists the figures in which a peer beats ours by more than 5%.
func othersWin(rep *result.Report) (lines []string) {
	for _, run := range rep.Runs {
		ours := run.Targets[0]
		for _, name := range []string{"throughput", "p50", "p99", "server CPU", "memory", "hit ratio"} {
			m := result.MetricOf(name)
			mine := result.Median(m.Values(ours.Rounds))
			for _, x := range run.Targets[1:] {
				theirs := result.Median(m.Values(x.Rounds))
				if math.IsNaN(mine) || math.IsNaN(theirs) {
					continue
				}
				if m.Better > 0 && theirs > 1.05*mine || m.Better < 0 && theirs < mine/1.05 {
					lines = append(lines, fmt.Sprintf("%s, %s: %s %s, ours %s", run.Name, name, x.URL, m.Format(theirs), m.Format(mine)))
				}
			}
		}
	}
	return lines
}

var unsafeName = regexp.MustCompile(`[^a-z0-9]+`)

// picture draws the CPU of a section's servers, or throughput if that is unknown; it returns the picture's path as the
// document refers to it.
func picture(rep *result.Report, section, folder string) (string, error) {
	svg := drawSection(rep, section)
	if svg == "" {
		return "", nil
	}
	name := strings.Trim(unsafeName.ReplaceAllString(strings.ToLower(section), "-"), "-") + ".svg"
	err := result.WriteFile(filepath.Join(folder, name), []byte(svg))
	return filepath.ToSlash(filepath.Join(filepath.Base(folder), name)), err
}
