package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/internal/wholefile"
)

// WriteFile writes data to path atomically: path never holds half of it. A device or FIFO is written to directly.
func WriteFile(path string, data []byte) error { return wholefile.Write(path, data, 0o644) }

// Save writes the report as JSON.
func (r *Report) Save(path string) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return WriteFile(path, append(data, '\n'))
}

// Read reads a report. The error names the file and what is wrong with it.
func Read(path string) (*Report, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(Report)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s is not a report: %w", path, err)
	}
	if r.Schema != Schema {
		return nil, fmt.Errorf("%s is of form %d; this program reads form %d", path, r.Schema, Schema)
	}
	return r, nil
}

// SaveHistograms writes the latencies of each round as an HdrHistogram log, tagged with run and target.
func (r *Report) SaveHistograms(path string) error {
	var buf bytes.Buffer
	w := hdr.NewHistogramLogWriter(&buf)
	start := r.Started.UnixMilli()
	err := errors.Join(w.OutputComment("[Latencies in ns, made by cachegopher-bench]"), w.OutputLogFormatVersion(),
		w.OutputStartTime(start), w.OutputLegend())
	at := start
	for _, run := range r.Runs {
		for _, t := range run.Targets {
			for _, round := range t.Rounds {
				h, e := hdr.Decode(round.Histogram)
				if e != nil {
					return fmt.Errorf("%s, %s: %w", run.Name, t.URL, e)
				}
				h.SetStartTimeMs(at)
				at += int64(round.Seconds * float64(time.Second/time.Millisecond))
				h.SetEndTimeMs(at)
				h.SetTag(tag(run.Name + "/" + t.URL))
				err = errors.Join(err, w.OutputIntervalHistogram(h))
			}
		}
	}
	if err != nil {
		return err
	}
	return WriteFile(path, buf.Bytes())
}

// tag is s without the field separators of a log.
func tag(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == ',' || c == ' ' || c == '\n' || c == '\r' {
			b[i] = '_'
		}
	}
	return string(b)
}
