package command

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/curve"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/internal/wholefile"
)

// curveFlags say what is replayed, with which sizes of memory, and where pictures go.
type curveFlags struct {
	load  loadFlags
	out   outputFlags
	trace traceFlags
	svg   string
}

func (a *app) curveCommand() *cobra.Command {
	var k curveFlags
	c := &cobra.Command{
		Use:   "curve [flags] TRACE TARGET...",
		Short: "Draw the hit ratio of targets over their memory, from recorded requests",
		Long: `curve replays a recorded series of requests on each target with each size of memory, and shows the hit ratios. Targets are
servers that are started here and caches in this process, each opened anew, empty, for each size. What is not found is set
(read-through) if the trace does not tell reads from writes.

Percent of --memory are of the footprint, the bytes of all keys and values of the trace. Of a server the memory is what its
own setting calls so; of a cache in this process it is resident memory, below 16 MB what its own setting calls so.

Requests are made one after another, in the order of the trace. With more in flight (-c, -d) it takes less time, but servers
show fewer hits: a key that is asked for again before it is stored is missed twice.

The formats of traces are those of replay.

` + openedHelp(),
		Example: `  cachegopher-bench curve trace.csv.zst spawn:cachegopher spawn:redis-server --svg curve.svg
  cachegopher-bench-peers curve trace.csv.zst --memory 16MB,64MB,256MB inproc:lru inproc:otter inproc:freecache --html curve.html`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return k.draw(c, a, args) },
	}
	k.trace.add(c.Flags())
	k.load.add(c.Flags())
	f := c.Flags()
	f.Lookup("memory").DefValue, f.Lookup("memory").Usage, k.load.memory = "1%,2%,5%,10%,20%,50%", "sizes of memory: percent of the trace's footprint, or bytes as 64MB", "1%,2%,5%,10%,20%,50%"
	f.Lookup("rounds").DefValue, f.Lookup("rounds").Usage, k.load.rounds = "1", "how often the trace is replayed; the last time counts", 1
	f.Lookup("duration").DefValue, f.Lookup("count").Usage = "until the trace ends", "requests of the trace, from its beginning; 0: all"
	f.Lookup("connections").DefValue, k.load.plan.Conns = "1", 1
	f.Lookup("slo").Hidden = true
	f.StringVar(&k.svg, "svg", "", "write the picture to this `file`")
	k.out.add(f)
	return c
}

// draw measures the curves, and prints and writes them even with an error.
func (k *curveFlags) draw(c *cobra.Command, a *app, args []string) error {
	for _, t := range args[1:] {
		if !strings.HasPrefix(t, "spawn:") && !strings.HasPrefix(t, "inproc:") || strings.Contains(t, "memory=") || strings.Contains(t, "entries=") {
			return usageError{fmt.Errorf("target %s: a curve gives each size of memory to servers that it starts (spawn:) and to caches in this process (inproc:)", t)}
		}
	}
	list := k.load.memory
	k.load.memory = ""
	job, err := k.trace.job(c.Flags(), &k.load, args)
	if err != nil {
		return usageError{err}
	}
	t := job.Trace.Trace()
	footprint := float64(t.Keys) * t.MeanSize
	sizes, err := curve.Sizes(list, footprint)
	if err = errors.Join(err, k.out.check()); err == nil && k.svg != "" {
		err = wrap("--svg", wholefile.Check(k.svg))
	}
	if err != nil {
		return usageError{err}
	}
	r, err := k.load.runner(a, job.Targets)
	if err != nil {
		return usageError{err}
	}
	watch, end, err := a.watching(&k.out)
	if err != nil {
		return usageError{err}
	}
	r.Watch = watch
	rep := a.newReport(curve.Section + ": " + filepath.Base(t.Path()))
	err = curve.Do(c.Context(), r, job, sizes, rep, func(run *result.Run) {
		a.clear()
		for _, line := range run.Remarks() {
			fmt.Fprintf(a.out, "%s: %s\n", run.Name, line) //nolint:errcheck // standard output is gone
		}
	})
	err = errors.Join(err, end())
	curve.Table(rep, footprint, a.out)
	err = errors.Join(err, k.out.write(c.Context(), rep))
	if k.svg != "" {
		err = errors.Join(err, wrap("--svg", k.writePicture(rep)))
	}
	return err
}

// writePicture writes the picture. An earlier one stays if no target has a point.
func (k *curveFlags) writePicture(rep *result.Report) error {
	picture := curve.SVG(rep, rep.Title)
	if picture == "" {
		return fmt.Errorf("%s is not written: no target has a hit ratio", k.svg)
	}
	return result.WriteFile(k.svg, []byte(picture))
}
