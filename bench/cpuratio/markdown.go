//go:build linux

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/wholefile"
)

// The document holds the tables between these lines.
const (
	tablesBegin = "<!-- measured by make bench-cpu; do not edit -->\n"
	tablesEnd   = "<!-- end of what was measured -->\n"
	secureBegin = "<!-- measured by make bench-tls; do not edit -->\n"
	secureEnd   = "<!-- end of what TLS costs -->\n"
)

// renderInto writes the tables of the JSON file into the document.
func renderInto(document, path string) error {
	rows, err := loadRows(path)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("no rows in %q", path)
	}
	data, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	var plain, secure []*row
	for _, r := range rows {
		if slices.ContainsFunc(secureWorks, func(w work) bool { return w.id == r.ID }) {
			secure = append(secure, r)
		} else {
			plain = append(plain, r)
		}
	}
	text, err := replace(string(data), tablesBegin, tablesEnd, tables(plain))
	if err == nil && len(secure) > 0 {
		text, err = replace(text, secureBegin, secureEnd, secureTable(secure))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	return wholefile.Write(document, []byte(text), 0o644)
}

// replace puts what was measured between two lines of a text.
func replace(text, begin, end, measured string) (string, error) {
	before, rest, ok := strings.Cut(text, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", fmt.Errorf("no place for the tables, between %q and %q", begin, end)
	}
	return before + begin + measured + end + after, nil
}

// origin says on which machines, of which builds, and when rows were measured.
func origin(rows []*row) string {
	var versions, machines, dates []string
	for _, r := range rows {
		machines, dates = append(machines, r.Machine), append(dates, r.When)
		for _, m := range r.Servers {
			versions = append(versions, m.Version)
		}
	}
	return fmt.Sprintf("%s; %s; %s.", list(machines), list(versions), list(dates))
}

// tables shows the rows: one table of CPU a request, one of bytes.
func tables(rows []*row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", origin(rows))
	b.WriteString("\n| work | ratio | at most | ours, us | Redis, us | ours in the kernel | ours /s | Redis /s | requests a read, ours and Redis | busy | others |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		redis, ours := &r.Servers[0], &r.Servers[1]
		fmt.Fprintf(&b, "| %s | **%.2f** | %s | %.2f | %.2f | %.0f%% | %s | %s | %s | %.0f%%, %.0f%% | %.0f%% |\n", r.Name, r.ratio(1), limit(r.AtMost),
			ours.median(micros), redis.median(micros), 100*ours.median(system)/ours.median(micros),
			thousands(ours.median(rate)), thousands(redis.median(rate)),
			fmt.Sprintf("%.1f, %.1f", ours.median(perRead), redis.median(perRead)), 100*ours.median(busy), 100*redis.median(busy), 100*ours.median(others))
	}
	b.WriteString("\nLarge values, in bytes of values:\n\n| work | ours, GB/s | Redis, GB/s | ours, CPU s a GB | Redis, CPU s a GB |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		if r.Value < 16<<10 {
			continue
		}
		redis, ours := &r.Servers[0], &r.Servers[1]
		size := float64(r.Value)
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %.3f | %.3f |\n", r.Name, ours.median(rate)*size/1e9, redis.median(rate)*size/1e9,
			ours.median(micros)/size*1e3, redis.median(micros)/size*1e3)
	}
	if others := otherServers(rows); others != "" {
		b.WriteString("\nOthers beside, in the same rounds:\n\n| work | server | ratio to Redis | us |\n|---|---|---|---|\n" + others)
	}
	b.WriteString("\n")
	return b.String()
}

func limit(atMost float64) string {
	if atMost == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", atMost)
}

// otherServers are the rows of servers beyond Redis and ours.
func otherServers(rows []*row) string {
	var b strings.Builder
	for _, r := range rows {
		for i := 2; i < len(r.Servers); i++ {
			m := &r.Servers[i]
			fmt.Fprintf(&b, "| %s | %s | %.2f | %.2f |\n", r.Name, m.Version, r.ratio(i), m.median(micros))
		}
	}
	return b.String()
}

func micros(s *sample) float64  { return s.Micros }
func system(s *sample) float64  { return s.System }
func rate(s *sample) float64    { return s.Rate }
func perRead(s *sample) float64 { return s.PerRead }
func busy(s *sample) float64    { return s.Busy }

func others(s *sample) float64 { return s.Others }

func thousands(n float64) string { return fmt.Sprintf("%.0fk", n/1000) }

// list joins the different ones of all.
func list(all []string) string {
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
