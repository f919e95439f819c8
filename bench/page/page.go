// Package page renders a report as one self-contained HTML page of tables and pictures, which work
// without a network, in dark and light mode, and on paper.
package page

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"

	"github.com/cachegopher/cachegopher/bench/result"
)

//go:embed assets/echarts.min.js
var echarts string

//go:embed assets/page.html
var pageText string

//go:embed assets/page.css
var styles string

//go:embed assets/page.js
var script string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Save writes the page of r to path.
func Save(r *result.Report, path string) error {
	b, err := Render(r)
	if err != nil {
		return err
	}
	return result.WriteFile(path, b)
}

// Render makes the page.
func Render(r *result.Report) ([]byte, error) {
	v, err := viewReport(r)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = pageTemplate.Execute(&b, map[string]any{
		"View": v, "Data": template.JS(data), "Library": template.JS(echarts), "Script": template.JS(script), "Styles": template.CSS(styles),
	})
	return b.Bytes(), err
}
