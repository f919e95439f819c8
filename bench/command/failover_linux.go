package command

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/failover"
)

var errNotReached = errors.New("not all rows are within their limits")

func (a *app) failoverCommand() *cobra.Command {
	var o failover.Options
	var document, commit string
	var verbose bool
	c := &cobra.Command{
		Use:   "failover",
		Short: "Measure what clients see during a change of primary",
		Long: `failover starts an etcd and a group of three nodes on this machine, has the Go client make requests at a fixed rate, half
of them writes, and kills, stops, restarts and promotes nodes. For each fault it shows after what time writes succeed
again, the longest write, failed requests, and acknowledged writes that the group no longer has.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if verbose {
				o.Verbose = os.Stderr
			}
			rows, err := failover.Run(c.Context(), o, a.out)
			if err != nil {
				return err
			}
			if document != "" {
				how := fmt.Sprintf("%s UTC, commit %s, %d cores, %d requests a second, failover_after %v.",
					time.Now().UTC().Format("2006-01-02 15:04"), commit, runtime.NumCPU(), o.Rate, o.After)
				if err := failover.Document(document, how, rows); err != nil {
					return err
				}
			}
			if !failover.Reached(rows) {
				return errNotReached
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.Rows, "rows", nil, fmt.Sprintf("`names` of faults, of %v; none: all", failover.Keys()))
	f.IntVar(&o.Times, "times", 50, "repetitions of each fault")
	f.IntVar(&o.Rate, "rate", 2000, "requests a second")
	f.DurationVar(&o.After, "after", 2*time.Second, "failover_after of the nodes")
	f.StringVar(&o.Node, "node", "bin/cachegopher", "`binary` of the node")
	f.StringVar(&o.Etcd, "etcd", "bin/cachegopher-etcd", "`binary` of etcd, built by make from deploy/etcd")
	f.StringVar(&o.Timeline, "timeline", "", "SVG `file` of the first fault of each row; the fault's name is put into the file's name")
	f.StringVar(&document, "document", "", "markdown `file` whose table is rewritten")
	f.StringVar(&commit, "commit", "unknown", "commit named in the document")
	f.BoolVar(&verbose, "verbose", false, "show the programs' output")
	return c
}
