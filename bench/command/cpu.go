package command

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/cpu"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
)

func (a *app) cpuCommand() *cobra.Command {
	var o cpu.Options
	var document string
	var list, render, verbose bool
	var serverCore, loadCore int
	r := &runner.Runner{Schemes: a.schemes}
	c := &cobra.Command{
		Use:   "cpu",
		Short: "Measure the CPU that servers take for a request, side by side",
		Long: `cpu measures how much CPU servers take for a request, side by side: each on one core with one event loop, loaded from
another core, in turn. It needs Linux, two cores, and redis-server (and memcached, if named) in PATH. With --json the
rows measured are kept in a file, where others stay, and --document writes the tables of that file.`,
		Example: `  cachegopher-bench cpu --rows 64deep-2M
  cachegopher-bench cpu --rows 60KB --servers redis,cachegopher,memcached
  cachegopher-bench cpu --servers cachegopher=old,cachegopher=new --rows 1deep
  cachegopher-bench cpu --tls --rounds 5 --span 500ms`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if list {
				o.List(a.out)
				return nil
			}
			r.ServerCores, r.LoadCores = []int{serverCore}, []int{loadCore}
			if verbose {
				r.Output = os.Stdout
			}
			if !render {
				if err := cpu.Run(c.Context(), r, o, a.newReport("CPU a request"), a.out); err != nil {
					return err
				}
			}
			if document == "" {
				return nil
			}
			rep, err := result.Read(o.JSON)
			if err != nil {
				return err
			}
			return cpu.Render(rep, document)
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.Servers, "servers", []string{"redis", "cachegopher"}, "servers to compare, the first is the measure: redis, memcached, cachegopher, cachegopher=`binary`")
	f.StringSliceVar(&o.Rows, "rows", nil, "only rows whose id contains one of these")
	f.BoolVar(&o.TLS, "tls", false, "measure what TLS costs instead: rows and servers of their own")
	f.IntVar(&o.Rounds, "rounds", 9, "rounds, of which the median is shown")
	f.DurationVar(&o.Span, "span", 700*time.Millisecond, "how long a server is measured in a round")
	f.StringVar(&r.Node, "node", "", "`binary` of our node (default: beside this program, in bin/, in PATH)")
	f.IntVar(&serverCore, "server-core", 0, "core that the servers run on")
	f.IntVar(&loadCore, "load-core", 1, "core that makes the load")
	f.StringVar(&o.JSON, "json", "", "`file` that keeps the rows measured; others in it stay")
	f.StringVar(&document, "document", "", "markdown `file` whose tables are written anew from the JSON file")
	f.BoolVar(&list, "list", false, "list the rows and exit")
	f.BoolVar(&render, "render", false, "measure nothing: only write the document's tables from the JSON file")
	f.BoolVar(&verbose, "verbose", false, "show what the servers print")
	f.StringArrayVar(&r.Env, "server-env", nil, "`NAME=value` in the servers' environment, such as GODEBUG=gctrace=1")
	return c
}
