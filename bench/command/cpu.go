package command

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/cpu"
	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/bench/runner"
	"github.com/cachegopher/cachegopher/internal/wholefile"
)

func (a *app) cpuCommand() *cobra.Command {
	var o cpu.Options
	var document string
	var list, render, verbose bool
	var serverCore, loadCore int
	r := &runner.Runner{Schemes: a.schemes}
	c := &cobra.Command{
		Use:   "cpu",
		Short: "Measure the CPU per request of servers, side by side",
		Long: `cpu measures how much CPU servers take for a request, side by side: each on one core with one event loop, loaded from
another core, in turn. It needs Linux, two cores, and the servers that it is to compare, in PATH or by their paths; those
that are missing are skipped. With --json the rows measured are kept in a file, where others stay, and --document writes
the tables of that file, and the picture of --peers beside it.`,
		Example: `  cachegopher-bench cpu --rows 64deep-2M
  cachegopher-bench cpu --rows 60KB --servers redis,cachegopher,memcached
  cachegopher-bench cpu --servers cachegopher=old,cachegopher=new --rows 1deep
  cachegopher-bench cpu --tls --rounds 5 --span 500ms
  cachegopher-bench cpu --peers --servers redis,memcached,valkey=/opt/valkey-server,pogocache=/opt/pogocache,cachegopher
  cachegopher-bench cpu --eviction --servers cachegopher-LRU,cachegopher-LFU=old,cachegopher-LFU=new`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if list {
				o.List(a.out)
				return nil
			}
			if err := errors.Join(chooseTable(&o, c.Flags().Changed("servers")), cpuUsage(&o, document, render)); err != nil {
				return usageError{err}
			}
			if nodes := strings.Split(r.Node, ","); len(nodes) > 1 {
				o.Servers, r.Node = builds(o.Servers, nodes), ""
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
	f.StringSliceVar(&o.Servers, "servers", []string{"redis", "cachegopher"}, "servers to compare, ratios are to the first: redis, valkey, memcached, pogocache, cachegopher, cachegopher-LFU and so on for its eviction policies; each may have =`binary`")
	f.StringSliceVar(&o.Rows, "rows", nil, "only rows with one of these ids, or with one in their ids")
	f.BoolVar(&o.TLS, "tls", false, "measure the cost of TLS instead, with its own rows, and servers unless --servers has some with -tls")
	f.BoolVar(&o.Peers, "peers", false, "measure the rows of the table of peers instead: all servers, CPU, memory and latency")
	f.BoolVar(&o.Eviction, "eviction", false, "measure requests that evict instead, under several policies, with rows and servers of their own")
	f.IntVar(&o.Rounds, "rounds", 9, "rounds; medians are shown")
	f.DurationVar(&o.Span, "span", 700*time.Millisecond, "measuring time of a server in a round")
	f.StringVar(&r.Node, "node", "", "`binary` of our node, or several to be measured side by side: OLD,NEW (default: beside this program, in bin/, in PATH)")
	f.IntVar(&serverCore, "server-core", 0, "core of the servers")
	f.IntVar(&loadCore, "load-core", 1, "core of the load generator")
	f.StringVar(&o.JSON, "json", "", "`file` to update with the measured rows; its other rows stay")
	f.StringVar(&document, "document", "", "markdown `file` whose tables are rewritten from the JSON file")
	f.BoolVar(&list, "list", false, "list the rows and exit")
	f.BoolVar(&render, "render", false, "measure nothing: only write the document's tables from the JSON file")
	f.BoolVar(&verbose, "verbose", false, "show the servers' output")
	f.StringArrayVar(&r.Env, "server-env", nil, "`NAME=value` in the servers' environment, for example GODEBUG=gctrace=1")
	return c
}

// cpuUsage finds what cpu cannot do, before it measures anything.
func cpuUsage(o *cpu.Options, document string, render bool) error {
	switch {
	case (document != "" || render) && o.JSON == "":
		return errors.New("--document and --render need --json, the file with the rows")
	case render && document == "":
		return errors.New("--render needs --document, the file whose tables are written")
	case o.JSON != "":
		if err := wholefile.Check(o.JSON); err != nil {
			return fmt.Errorf("--json: %w", err)
		}
	}
	return o.Check()
}

// chooseTable checks that one table is asked for, and chooses its servers unless they were named.
func chooseTable(o *cpu.Options, named bool) error {
	switch {
	case o.Peers && o.TLS || o.Eviction && (o.Peers || o.TLS):
		return errors.New("--peers, --tls and --eviction have tables of their own: choose one")
	case named:
	case o.Peers:
		o.Servers = cpu.Peers
	case o.Eviction:
		o.Servers = cpu.EvictionServers
	}
	return nil
}

// builds puts one server for each build of our node in place of the node.
func builds(servers, nodes []string) (all []string) {
	for _, s := range servers {
		if s != "cachegopher" {
			all = append(all, s)
			continue
		}
		for _, n := range nodes {
			all = append(all, s+"="+fileNotProgram(n))
		}
	}
	return all
}
