package cpu

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/suite"
)

// Markers of the tables of peers.
const (
	peersBegin = "<!-- measured by make bench-peers-cpu; do not edit -->\n"
	peersEnd   = "<!-- end of the peers -->\n"
)

// names are how the tables call servers.
var names = map[string]string{"redis": "Redis", "valkey": "Valkey", "memcached": "memcached", "pogocache": "Pogocache", "cachegopher": "ours"}

// renderPeers writes the tables of peers, and the picture beside the document.
func renderPeers(rows []*result.Run, document string) error {
	if err := result.ReplaceBetween(document, peersBegin, peersEnd, peerTables(rows)); err != nil {
		return err
	}
	folder := strings.TrimSuffix(document, filepath.Ext(document))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var shown []*result.Run
	for _, r := range rows {
		if slices.Contains(pictured, peerWork(r).id) {
			shown = append(shown, oursFirst(r))
		}
	}
	picture := suite.DrawRows(shown, "CPU of a request in us, of all on one core, less is better", result.MetricOf("server CPU"))
	return result.WriteFile(filepath.Join(folder, "peers.svg"), []byte(picture))
}

// oursFirst is r with our node before its peers, which are in the order of Peers in whatever order they were measured.
func oursFirst(r *result.Run) *result.Run {
	sorted := *r
	place := func(t *result.Target) int { return (slices.Index(Peers, server(t.URL)) + 1) % len(Peers) } // ours is the last of Peers
	sorted.Targets = slices.Clone(r.Targets)
	slices.SortStableFunc(sorted.Targets, func(a, b *result.Target) int { return place(a) - place(b) })
	return &sorted
}

// peerWork is a row's work; the zero work if it has none any more.
func peerWork(r *result.Run) (w work) {
	if i := slices.IndexFunc(peerWorks, func(w work) bool { return w.name == r.Name }); i >= 0 {
		w = peerWorks[i]
	}
	return w
}

// best returns the place, among those measured, of the peer that used the least CPU a request, and of our node; -1 if there
// is none.
func best(all []*result.Target) (peer, ours int) {
	peer, ours = -1, -1
	for i, t := range all {
		switch {
		case server(t.URL) == "cachegopher":
			ours = i
		case peer < 0 || median(t, micros) < median(all[peer], micros):
			peer = i
		}
	}
	return peer, ours
}

// peerTables renders CPU, memory and latency beside peers.
func peerTables(rows []*result.Run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s CPU of a request in us.\n", origin(rows))
	b.WriteString("\n| work | ratio to the best peer | at most | ours | " + peerHeads() + "busy: ours, the best peer | others |\n|---|---|---|---|" + strings.Repeat("---|", len(Peers)-1) + "---|---|\n")
	for _, r := range rows {
		all := r.Measured()
		p, o := best(all)
		if p < 0 || o < 0 {
			continue
		}
		fmt.Fprintf(&b, "| %s | **%.2f** (%s) | %s | %.2f |%s %.0f%%, %.0f%% | %.0f%% |\n", r.Name, ratio(r, o, p), names[server(all[p].URL)], limit(r.AtMost),
			median(all[o], micros), peerCells(r, func(t *result.Target) string { return fmt.Sprintf("%.2f", median(t, micros)) }),
			100*median(all[o], busy), 100*median(all[p], busy), 100*median(all[o], others))
	}
	b.WriteString("\nBytes of an entry beside its key and value, from the server's resident memory before and after it was filled:\n\n| entries | at most | ours | " + strings.TrimSuffix(peerHeads(), " ") + "\n|---|---|---|" + strings.Repeat("---|", len(Peers)-1) + "\n")
	for _, r := range rows {
		if most := frugal[peerWork(r).id]; most > 0 {
			b.WriteString(peerRow(r, fmt.Sprintf("| %s x %s B | %.0f |", result.FormatCount(float64(r.Workload.Keys)), r.Workload.Value, most),
				func(t *result.Target) string { return fmt.Sprintf("%.0f", beside(r, t)) }))
		}
	}
	latencyTable(&b, rows)
	b.WriteString("\n")
	return b.String()
}

// peerRow is a row that begins with head, and has a cell for our node and each peer.
func peerRow(r *result.Run, head string, cell func(*result.Target) string) string {
	for _, t := range r.Measured() {
		if server(t.URL) == "cachegopher" {
			head += " **" + cell(t) + "** |"
		}
	}
	return head + peerCells(r, cell) + "\n"
}

func peerHeads() (s string) {
	for _, p := range Peers[:len(Peers)-1] {
		s += names[p] + " | "
	}
	return s
}

// peerCells are the cells of the peers in the order of Peers; one that was not measured is shown as SKIPPED.
func peerCells(r *result.Run, cell func(*result.Target) string) (s string) {
	for _, p := range Peers[:len(Peers)-1] {
		text := "SKIPPED"
		for _, t := range r.Measured() {
			if server(t.URL) == p {
				text = cell(t)
			}
		}
		s += " " + text + " |"
	}
	return s
}

// beside is the memory of an entry in bytes beside its key and value.
func beside(r *result.Run, t *result.Target) float64 {
	size, _ := strconv.ParseFloat(r.Workload.Value, 64)
	key, _ := strconv.ParseFloat(r.Workload.KeySize, 64)
	held := median(t, func(x *result.Round) float64 { return float64(x.Resident - x.Empty) })
	return held/float64(r.Workload.Keys) - size - key
}
