package live

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
)

// Lines writes a line a row for people.
type Lines struct{ Out io.Writer }

// Row writes a line.
func (l Lines) Row(r Row) error {
	busy := ""
	if r.Server > 0 {
		busy = fmt.Sprintf("  server %3.0f%%", 100*r.Server)
	}
	_, err := fmt.Fprintf(l.Out, "%s %s %s %d  %s/s  p50 %s  p99 %s  errors %d%s  generator %3.0f%%\n", r.Time.Format(time.TimeOnly), r.Run, r.Target, r.Round,
		result.FormatCount(r.Rate), result.FormatTime(float64(r.P50)), result.FormatTime(float64(r.P99)), r.Errors, busy, 100*r.Generator)
	return err
}

// Close does nothing.
func (Lines) Close() error { return nil }

// Table writes rows as CSV, with a header. Each row is complete in the file before the next is measured.
type Table struct {
	file io.WriteCloser
	out  *csv.Writer
}

// columns are the names of a Table's columns.
var columns = []string{"time", "run", "target", "round", "seconds", "requests_per_second", "p50_us", "p99_us", "errors", "server_cores", "generator_cores"}

// NewTable writes to file, which Close closes.
func NewTable(file io.WriteCloser) (*Table, error) {
	t := &Table{file, csv.NewWriter(file)}
	return t, t.write(columns)
}

func (t *Table) write(fields []string) error {
	t.out.Write(fields) //nolint:errcheck // Error has it
	t.out.Flush()
	return t.out.Error()
}

// Row writes a row.
func (t *Table) Row(r Row) error {
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }
	micros := func(d time.Duration) string { return number(float64(d) / 1e3) }
	return t.write([]string{r.Time.UTC().Format("2006-01-02T15:04:05.000Z"), r.Run, r.Target, strconv.Itoa(r.Round), number(r.Seconds), number(r.Rate),
		micros(r.P50), micros(r.P99), strconv.FormatInt(r.Errors, 10), number(r.Server), number(r.Generator)})
}

// Close closes the file.
func (t *Table) Close() error { return t.file.Close() }
