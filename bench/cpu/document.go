package cpu

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Markers in the document; the tables stand between them.
const (
	tablesBegin = "<!-- measured by make bench-cpu; do not edit -->\n"
	tablesEnd   = "<!-- end of what was measured -->\n"
	secureBegin = "<!-- measured by make bench-tls; do not edit -->\n"
	secureEnd   = "<!-- end of what TLS costs -->\n"
)

// Render writes the tables of a report into the document.
func Render(rep *result.Report, document string) error {
	if len(rep.Runs) == 0 {
		return errors.New("no rows")
	}
	rows := map[string][]*result.Run{}
	for _, r := range rep.Runs {
		rows[r.Section] = append(rows[r.Section], r)
	}
	var err error
	if plain := rows[plainSection]; len(plain) > 0 {
		err = result.ReplaceBetween(document, tablesBegin, tablesEnd, tables(plain))
	}
	if secure := rows[secureSection]; err == nil && len(secure) > 0 {
		err = result.ReplaceBetween(document, secureBegin, secureEnd, secureTable(secure))
	}
	if peers := rows[peersSection]; err == nil && len(peers) > 0 {
		err = renderPeers(peers, document)
	}
	if eviction := rows[evictionSection]; err == nil && len(eviction) > 0 {
		err = result.ReplaceBetween(document, evictionBegin, evictionEnd, evictionTable(eviction))
	}
	return err
}

// origin names the machines, builds and dates of the rows.
func origin(rows []*result.Run) string {
	var versions, machines, dates []string
	for _, r := range rows {
		machines, dates = append(machines, r.Machine), append(dates, r.When)
		for _, m := range r.Measured() {
			versions = append(versions, cmp.Or(m.Version, server(m.URL)))
		}
	}
	return fmt.Sprintf("%s; %s; %s.", list(machines), list(versions), list(dates))
}

// tables renders the rows: one table of CPU a request, one of bytes.
func tables(rows []*result.Run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", origin(rows))
	b.WriteString("\n| work | ratio | at most | ours, us | Redis, us | ours in the kernel | ours /s | Redis /s | requests a read, ours and Redis | busy | others |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		redis, ours := r.Targets[0], r.Targets[1]
		fmt.Fprintf(&b, "| %s | **%.2f** | %s | %.2f | %.2f | %.0f%% | %s | %s | %s | %.0f%%, %.0f%% | %.0f%% |\n", r.Name, ratio(r, 1, 0), limit(r.AtMost),
			median(ours, micros), median(redis, micros), 100*median(ours, system)/median(ours, micros),
			thousands(median(ours, rate)), thousands(median(redis, rate)),
			fmt.Sprintf("%.1f, %.1f", median(ours, perRead), median(redis, perRead)), 100*median(ours, busy), 100*median(redis, busy), 100*median(ours, others))
	}
	b.WriteString("\nLarge values, in bytes of values:\n\n| work | ours, GB/s | Redis, GB/s | ours, CPU s a GB | Redis, CPU s a GB |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		size, _ := strconv.ParseFloat(r.Workload.Value, 64)
		if size < 16<<10 {
			continue
		}
		redis, ours := r.Targets[0], r.Targets[1]
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %.3f | %.3f |\n", r.Name, median(ours, rate)*size/1e9, median(redis, rate)*size/1e9,
			median(ours, micros)/size*1e3, median(redis, micros)/size*1e3)
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

// otherServers renders the servers other than Redis and ours.
func otherServers(rows []*result.Run) string {
	var b strings.Builder
	for _, r := range rows {
		for i, m := range r.Measured()[2:] {
			fmt.Fprintf(&b, "| %s | %s | %.2f | %.2f |\n", r.Name, m.Version, ratio(r, 2+i, 0), median(m, micros))
		}
	}
	return b.String()
}

func micros(r *result.Round) float64  { return r.ServerMicros() }
func system(r *result.Round) float64  { return r.ServerSystem * 1e6 / float64(r.Requests) }
func rate(r *result.Round) float64    { return r.Throughput() }
func perRead(r *result.Round) float64 { return float64(r.Requests) / float64(r.ServerReads) }
func busy(r *result.Round) float64    { return r.ServerBusy }
func others(r *result.Round) float64  { return r.Others }

// median is the median of a figure over a target's rounds; 0 if unknown.
func median(t *result.Target, of func(*result.Round) float64) float64 {
	if m := result.Median((result.Metric{Of: of}).Values(t.Rounds)); !math.IsNaN(m) {
		return m
	}
	return 0
}

// ratio is the median, over the rounds, of one target's CPU a request divided by another's.
func ratio(r *result.Run, target, other int) float64 {
	m := result.Metric{Of: micros}
	all := r.Measured()
	return result.PairedRatio(m.Values(all[other].Rounds), m.Values(all[target].Rounds)).Value
}

func thousands(n float64) string { return fmt.Sprintf("%.0fk", n/1000) }

// secureTable renders the cost of TLS. A row has the servers of secureServers, or all but Redis with TLS.
func secureTable(rows []*result.Run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s CPU a request in us; ratios are medians of the rounds' ratios.\n", origin(rows))
	b.WriteString("\n| work | ours, plain | ours, TLS | times | Redis, plain | Redis, TLS | times | ours to Redis, plain | ours to Redis, TLS | busy, ours and Redis with TLS | others |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		all := r.Measured()
		redis, ours, secure := all[0], all[1], all[len(all)-1]
		costs, times, both, used := "SKIPPED", "", "", ""
		if len(all) == len(secureServers) {
			costs, times = fmt.Sprintf("%.2f", median(all[2], micros)), fmt.Sprintf("%.2f", ratio(r, 2, 0))
			both, used = fmt.Sprintf("**%.2f**", ratio(r, 3, 2)), fmt.Sprintf(", %.0f%%", 100*median(all[2], busy))
		}
		fmt.Fprintf(&b, "| %s | %.2f | %.2f | %.2f | %.2f | %s | %s | %.2f | %s | %.0f%%%s | %.0f%% |\n", r.Name,
			median(ours, micros), median(secure, micros), ratio(r, len(all)-1, 1), median(redis, micros), costs, times,
			ratio(r, 1, 0), both, 100*median(secure, busy), used, 100*median(secure, others))
	}
	b.WriteString("\n")
	return b.String()
}

// list joins the distinct values of all.
func list(all []string) string {
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
