package command

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/bench/trace"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// traceFlags say how a trace is replayed.
type traceFlags struct {
	o        workload.TraceOptions
	speed    string
	value    string
	tooLarge string
}

func (t *traceFlags) add(f *pflag.FlagSet) {
	f.StringVar(&t.speed, "speed", "max", "1x, 10x, ...: at the trace's own times, or faster, with times to live shortened likewise; max: as fast as the target answers")
	f.BoolVar(&t.o.ReadThrough, "read-through", false, "set a key after a miss; always on for traces that do not tell reads from writes")
	f.StringVarP(&t.value, "value", "v", "100", "bytes of a value where the trace does not say")
	f.StringVar(&t.tooLarge, "too-large", "shorten", "what happens to values beyond the limit of 65,536 bytes for key and value: shorten, or leave-out the request")
	f.StringVar(&t.o.Format, "format", "", "format of the trace (default: found out by its content)")
}

// options are the flags' options, for a trace of which at most count requests are replayed.
func (t *traceFlags) options(path string, count int64) (o workload.TraceOptions, err error) {
	o = t.o
	o.Path, o.Count = path, count
	if o.Value, err = workload.ParseBytes(t.value); err != nil || o.Value < 1 || o.Value >= workload.Limit {
		return o, fmt.Errorf("value %q: bytes, from 1 to %d", t.value, workload.Limit-1)
	}
	switch t.tooLarge {
	case "shorten":
	case "leave-out":
		o.Skip = true
	default:
		return o, fmt.Errorf("too-large %q: shorten or leave-out", t.tooLarge)
	}
	if t.speed != "max" {
		o.Speed, err = strconv.ParseFloat(strings.TrimSuffix(t.speed, "x"), 64)
		if err != nil || !(o.Speed >= 0.001 && o.Speed <= 1e6) {
			return o, fmt.Errorf("speed %q: 1x, 10x or another factor, or max", t.speed)
		}
	}
	return o, nil
}

// formatsHelp lists the formats of traces.
func formatsHelp() string {
	var b strings.Builder
	for _, f := range trace.Formats() {
		fmt.Fprintf(&b, "  %-14s %s\n", f.Name, f.About)
	}
	return b.String()
}

func (a *app) replayCommand() *cobra.Command {
	var l loadFlags
	var o outputFlags
	var tf traceFlags
	c := &cobra.Command{
		Use:   "replay [flags] TRACE TARGET...",
		Short: "Put a recorded series of requests on targets",
		Long: `replay puts a recorded series of requests on targets: as fast as they answer, at the times of the
trace (--speed 1x), or at --rate. It is read twice, first to know its size; it may be of any length. What of it
was changed or left out is said with the results. One process sends it, in its order: agents cannot share a trace.

TRACE may be compressed (.gz, .xz, .zst). Its format is found out by its content:
` + formatsHelp() + "\n" + a.targetsHelp(),
		Example: `  cachegopher-bench replay trace.csv.zst spawn:cachegopher --memory 1GB
  cachegopher-bench replay monitor.txt redis://127.0.0.1:6379 --speed 10x`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			job, err := tf.job(c.Flags(), &l, args)
			if err != nil {
				return usageError{err}
			}
			return a.one(c.Context(), job, &l, &o, nil)
		},
	}
	tf.add(c.Flags())
	l.add(c.Flags())
	c.Flags().Lookup("rounds").DefValue, l.rounds = "1", 1
	c.Flags().Lookup("duration").DefValue, c.Flags().Lookup("count").Usage = "until the trace ends", "requests of the trace, from its beginning; 0: all"
	o.add(c.Flags())
	return c
}

// job is a job that replays the trace args[0] on the targets behind it.
func (t *traceFlags) job(f *pflag.FlagSet, l *loadFlags, args []string) (*runner.Job, error) {
	to, err := t.options(args[0], l.plan.Count)
	if err != nil {
		return nil, err
	}
	if to.Speed > 0 && f.Changed("rate") {
		return nil, errors.New("rate: the trace's times, which --speed asks for, say when requests are due")
	}
	l.plan.Count = 0
	job, err := l.job(f, args[1:])
	if err != nil {
		return nil, err
	}
	if job.Trace, err = workload.OpenTrace(to, l.seed); err != nil {
		return nil, err
	}
	opened := job.Trace.Trace()
	if to.Speed > 0 && opened.Lasts == 0 {
		return nil, fmt.Errorf("speed %s: the format %s has no times, or all requests have the same", t.speed, opened.Format)
	}
	job.Name, job.Plan.Warmup = "replay", 0
	if !f.Changed("duration") {
		job.Plan.Duration, job.Plan.Slice = 1000*time.Hour, sliceOf(opened)
	}
	return job, nil
}

// sliceOf is how long each part of a round is that is reported on its own.
func sliceOf(t *workload.Trace) time.Duration {
	if !t.Timed() {
		return time.Second
	}
	expected := time.Duration(float64(t.Lasts) / t.Speed())
	return min(max(expected/100, 100*time.Millisecond), time.Minute)
}
