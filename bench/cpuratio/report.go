//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wholefile"
)

// row is what was measured for a work, as the JSON file keeps it.
type row struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Value   int        `json:"value_bytes"`
	AtMost  float64    `json:"at_most"`
	When    string     `json:"when"`
	Machine string     `json:"machine"`
	Servers []measured `json:"servers"`
}

// measured is one server's part of a row.
type measured struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Rounds  []sample `json:"rounds"`
}

func newRow(w work) *row {
	return &row{ID: w.id, Name: w.name, Value: w.value, AtMost: w.atMost, When: time.Now().UTC().Format("2006-01-02"), Machine: machine()}
}

// median is that of a figure over the rounds.
func (m *measured) median(of func(*sample) float64) float64 {
	v := make([]float64, len(m.Rounds))
	for i := range m.Rounds {
		v[i] = of(&m.Rounds[i])
	}
	return middle(v)
}

func middle(v []float64) float64 {
	slices.Sort(v)
	if len(v)%2 == 0 {
		return (v[len(v)/2-1] + v[len(v)/2]) / 2
	}
	return v[len(v)/2]
}

// ratio is the median over the rounds of a server's CPU to the first server's.
func (r *row) ratio(server int) float64 { return r.ratioOf(server, 0) }

// ratioOf is the median over the rounds of a server's CPU to that of another.
func (r *row) ratioOf(server, other int) float64 {
	first, m := r.Servers[other].Rounds, r.Servers[server].Rounds
	v := make([]float64, len(m))
	for i := range m {
		v[i] = m[i].Micros / first[i].Micros
	}
	return middle(v)
}

// print shows all figures of a row.
func (r *row) print(w io.Writer) {
	fmt.Fprintln(w, r.Name) //nolint:errcheck // nobody is left to tell
	for i := range r.Servers {
		m := &r.Servers[i]
		v := make([]string, len(m.Rounds))
		for k := range m.Rounds {
			v[k] = fmt.Sprintf("%.3f", m.Rounds[k].Micros)
		}
		//nolint:errcheck // nobody is left to tell
		fmt.Fprintf(w, "  %-12s %8.3f us CPU (%.3f of it in the kernel), ratio %.3f, %8.0f /s, %5.1f a read, busy %3.0f%%, others %2.0f%%   rounds %s\n", m.Name,
			m.median(micros), m.median(system), r.ratio(i),
			m.median(rate), m.median(perRead),
			100*m.median(busy), 100*m.median(others), strings.Join(v, " "))
	}
}

// loadRows reads the rows of a JSON file; one that is not there has none.
func loadRows(path string) (rows []*row, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return rows, nil
}

// keep puts r in the JSON file, in place of an earlier measurement, in the order of works.
func keep(path string, r *row) error {
	rows, err := loadRows(path)
	if err != nil {
		return err
	}
	byID := map[string]*row{}
	for _, old := range rows {
		byID[old.ID] = old
	}
	byID[r.ID] = r
	rows = rows[:0]
	for _, w := range slices.Concat(works, secureWorks) {
		if byID[w.id] != nil {
			rows = append(rows, byID[w.id])
		}
	}
	data, err := json.MarshalIndent(rows, "", " ")
	if err != nil {
		return err
	}
	return wholefile.Write(path, append(data, '\n'), 0o644)
}
