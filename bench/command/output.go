package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/cachegopher/cachegopher/bench/page"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/internal/wholefile"
)

// outputFlags say where results go, beside the terminal.
type outputFlags struct {
	json, hdr, html string
	quiet           bool
	live            liveFlags
}

func (o *outputFlags) add(f *pflag.FlagSet) {
	f.StringVar(&o.json, "json", "", "write the results to this `file`, for compare and report")
	f.StringVar(&o.hdr, "hdr", "", "write the latencies to this `file` as an HdrHistogram log")
	f.StringVar(&o.html, "html", "", "write a page with pictures to this `file`; it needs no network")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "show no progress")
	o.live.add(f)
}

// check tries the files before anything is measured, so that a wrong path shows at once.
func (o *outputFlags) check() error {
	for flag, path := range map[string]string{"json": o.json, "hdr": o.hdr, "html": o.html} {
		if path == "" {
			continue
		}
		if err := wholefile.Check(path); err != nil {
			return fmt.Errorf("--%s: %w", flag, err)
		}
	}
	return nil
}

// write writes the requested files; a failure of one does not stop the others. Results are marked if ctx has ended.
func (o *outputFlags) write(ctx context.Context, r *result.Report) error {
	if r.Interrupted = ctx.Err() != nil; r.Interrupted {
		r.Notes = append(r.Notes, r.Doubts()[0])
	}
	var errs []error
	if o.json != "" {
		errs = append(errs, wrap("--json", r.Save(o.json)))
	}
	if o.hdr != "" {
		errs = append(errs, wrap("--hdr", r.SaveHistograms(o.hdr)))
	}
	if o.html != "" {
		errs = append(errs, wrap("--html", page.Save(r, o.html)))
	}
	return errors.Join(errs...)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: the results could not be written: %w", what, err)
}

// newReport returns a report without runs.
func (a *app) newReport(title string) *result.Report {
	r := &result.Report{Schema: result.Schema, Title: title, Started: time.Now(), Command: append([]string{"cachegopher-bench"}, os.Args[1:]...), Machine: result.Facts(a.commit)}
	if why := r.Machine.Loaded(); why != "" {
		r.Notes = append(r.Notes, why)
	}
	return r
}

// print prints a run's figures.
func (a *app) print(run *result.Run) {
	run.Table(a.out)
	for _, v := range run.Verdicts() {
		a.warn(v)
	}
}

// warn prints why figures are doubtful, unless text is empty.
func (a *app) warn(text string) {
	if text == "" {
		return
	}
	if isTerminal(os.Stdout) {
		text = red + text + plain
	}
	fmt.Fprintln(a.out, text) //nolint:errcheck // standard output is gone
}

// watch shows progress: a line that is overwritten on a terminal, else a line now and then.
func (a *app) watch(o *outputFlags) func(runner.Event) {
	if o.quiet {
		return nil
	}
	last := ""
	var told time.Time
	return func(e runner.Event) {
		line := fmt.Sprintf("%s %s", e.Job.Name, e.Target)
		if e.Round > 0 {
			line += fmt.Sprintf(" round %d/%d", e.Round, e.Job.Rounds)
		}
		line += " " + e.Phase
		head := e.Job.Name
		if e.Measuring {
			line += fmt.Sprintf("  %s/s  p50 %s  p99 %s  errors %d", result.FormatCount(e.Rate), result.FormatTime(float64(e.P50)), result.FormatTime(float64(e.P99)), e.Errors)
		}
		if e.ServerBusy > 0 {
			line += fmt.Sprintf("  server %.0f%%", 100*e.ServerBusy)
		}
		if e.SelfBusy > 0 {
			line += fmt.Sprintf("  generator %.0f%%", 100*e.SelfBusy)
		}
		switch {
		case a.live:
			fmt.Fprintf(a.err, "\r\x1b[K%s", line[:min(len(line), 160)]) //nolint:errcheck // progress display only
		case e.Phase != "start" && (head != last || time.Since(told) > 5*time.Second):
			fmt.Fprintln(a.err, line) //nolint:errcheck // likewise
			told, last = time.Now(), head
		}
	}
}

// clear removes the progress line.
func (a *app) clear() {
	if a.live {
		fmt.Fprint(a.err, "\r\x1b[K") //nolint:errcheck // progress display only
	}
}
