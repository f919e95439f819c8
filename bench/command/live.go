package command

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/cachegopher/cachegopher/bench/live"
	"github.com/cachegopher/cachegopher/bench/load"
	"github.com/cachegopher/cachegopher/bench/runner"
)

// liveFlags say who is told of a run while it lasts.
type liveFlags struct {
	lines              bool
	csv, metrics, otlp string
}

func (l *liveFlags) add(f *pflag.FlagSet) {
	f.BoolVar(&l.lines, "live", false, "write a line a second to standard error instead of other progress")
	f.StringVar(&l.csv, "csv", "", "write a row a second to this `file`, while it lasts")
	f.StringVar(&l.metrics, "metrics", "", "answer Prometheus at this `host:port`, on /metrics, while it lasts")
	f.StringVar(&l.otlp, "otlp", "", "send metrics to this OpenTelemetry collector, a `URL` such as http://127.0.0.1:4318, while it lasts")
}

func (l *liveFlags) any() bool { return l.lines || l.csv != "" || l.metrics != "" || l.otlp != "" }

// slice makes a plan report once a second, or a little more often, so that a round has whole slices.
func (l *liveFlags) slice(p *load.Plan) {
	if l.any() && p.Duration > 0 && p.Slice == 0 {
		p.Slice = p.Duration / ((p.Duration + time.Second - 1) / time.Second)
	}
}

// feed opens what the flags name. The feed is nil if that is nothing.
func (l *liveFlags) feed(a *app) (_ *live.Feed, err error) {
	var sinks []live.Sink
	defer func() {
		if err != nil {
			live.NewFeed(sinks...).Close() //nolint:errcheck // what is reported came first
		}
	}()
	if l.lines {
		sinks = append(sinks, live.Lines{Out: a.err})
	}
	if l.csv != "" {
		f, err := os.Create(l.csv)
		if err != nil {
			return nil, fmt.Errorf("--csv: %w", err)
		}
		t, err := live.NewTable(f)
		if err != nil {
			return nil, fmt.Errorf("--csv: %w", errors.Join(err, f.Close()))
		}
		sinks = append(sinks, t)
	}
	if l.metrics != "" {
		e, err := live.NewExporter(l.metrics)
		if err != nil {
			return nil, fmt.Errorf("--metrics: %w", err)
		}
		sinks = append(sinks, e)
	}
	if l.otlp != "" {
		c, err := live.NewCollector(l.otlp)
		if err != nil {
			return nil, fmt.Errorf("--otlp: %w", err)
		}
		sinks = append(sinks, c)
	}
	if sinks == nil {
		return nil, nil
	}
	return live.NewFeed(sinks...), nil
}

// watching returns what a runner tells of its progress, and what is to be called once at the end.
func (a *app) watching(o *outputFlags) (watch func(runner.Event), end func() error, err error) {
	feed, err := o.live.feed(a)
	if err != nil || feed == nil {
		return a.watch(o), func() error { return nil }, err
	}
	shown := a.watch(o)
	if o.live.lines {
		shown = nil
	}
	return func(e runner.Event) {
			if shown != nil {
				shown(e)
			}
			feed.Watch(e)
		}, func() error {
			if err := feed.Close(); err != nil {
				return fmt.Errorf("telling of the run while it lasted: %w", err)
			}
			return nil
		}, nil
}
