package cli

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// grid is a table: columns side by side on a terminal, fields between tabs
// elsewhere, where other programs read them.
type grid struct {
	p       *printer
	columns []string
	aligned map[string]text.Align
	rows    [][]string
}

func newTable(p *printer, columns ...string) *grid {
	return &grid{p: p, columns: columns, aligned: map[string]text.Align{}}
}

// right aligns columns of numbers to the right.
func (t *grid) right(columns ...string) {
	for _, c := range columns {
		t.aligned[c] = text.AlignRight
	}
}

func (t *grid) add(fields ...string) { t.rows = append(t.rows, fields) }

func (t *grid) write() error {
	if !t.p.tty {
		for _, row := range append([][]string{t.columns}, t.rows...) {
			if err := t.p.line(strings.Join(row, "\t")); err != nil {
				return err
			}
		}
		return nil
	}
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	if t.p.color {
		style.Color.Header = text.Colors{text.Bold}
		text.EnableColors() // the library would decide by itself
	}
	style.Size.WidthMax = t.p.width
	w.SetStyle(style)
	var configs []table.ColumnConfig
	header := table.Row{}
	for i, c := range t.columns {
		configs = append(configs, table.ColumnConfig{Number: i + 1, Align: t.aligned[c], AlignHeader: t.aligned[c]})
		header = append(header, c)
	}
	w.SetColumnConfigs(configs)
	w.AppendHeader(header)
	for _, row := range t.rows {
		fields := table.Row{}
		for _, f := range row {
			fields = append(fields, f)
		}
		w.AppendRow(fields)
	}
	for line := range strings.Lines(w.Render()) {
		if err := t.p.line(strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}
