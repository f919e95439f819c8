package command

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/moves"
)

func (a *app) movesCommand() *cobra.Command {
	o := moves.Options{Schemes: a.schemes}
	var document, commit string
	var verbose bool
	c := &cobra.Command{
		Use:   "moves",
		Short: "Measure what clients see while slots move between groups",
		Long: `moves starts an etcd and three groups of three nodes on this machine and has clients write and read keys whose values it
knows, nine reads for each write. It gives the third group its share of the slots, moves slots in other ways, and kills or
stops nodes, etcd and the command line at random moments and during hand-overs. It shows lost keys and writes, misses of
keys that exist, values older than acknowledged, failed requests by client and cause, latencies, and how long writes were
held. In the build with the peers, half of the requests are go-redis's.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if verbose {
				o.Verbose = os.Stderr
			}
			report, err := moves.Run(c.Context(), o, a.out)
			if err != nil {
				return err
			}
			if document != "" {
				how := fmt.Sprintf("%s UTC, commit %s, %d cores, %d keys and %d requests a second, in the trials %d and %d, seed %d, failover_after %v.",
					time.Now().UTC().Format("2006-01-02 15:04"), commit, runtime.NumCPU(), o.Keys, o.Rate, o.KillKeys, o.KillRate, o.Seed, o.After)
				if err := report.Document(document, how); err != nil {
					return err
				}
			}
			return report.Reached()
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.Parts, "parts", nil, fmt.Sprintf("`names` of parts, of %v; none: all", moves.Parts))
	f.IntVar(&o.Keys, "keys", 3_000_000, "keys of the measured rebalance")
	f.IntVar(&o.Rate, "rate", 20_000, "requests a second of the measured rebalance")
	f.StringVar(&o.MoveRate, "move-rate", "", "move_rate of the nodes' config (default: theirs)")
	f.DurationVar(&o.Calm, "calm", 10*time.Second, "time in which requests are made before and after it")
	f.IntVar(&o.Kills, "kills", 100, "processes that are killed or stopped")
	f.IntVar(&o.KillKeys, "kill-keys", 30_000, "keys of the other trials")
	f.IntVar(&o.KillRate, "kill-rate", 2000, "requests a second of the other trials")
	f.Uint64Var(&o.Seed, "seed", 1, "seed of the requests and the kills")
	f.DurationVar(&o.After, "after", 2*time.Second, "failover_after of the nodes")
	f.StringVar(&o.Node, "node", "bin/cachegopher", "`binary` of the node")
	f.StringVar(&o.CLI, "cli", "bin/cachegopher-cli", "`binary` of the command line")
	f.StringVar(&o.Etcd, "etcd", "bin/cachegopher-etcd", "`binary` of etcd, built by make from deploy/etcd")
	f.StringVar(&document, "document", "", "markdown `file` whose tables are rewritten")
	f.StringVar(&commit, "commit", "unknown", "commit named in the document")
	f.BoolVar(&verbose, "verbose", false, "show the programs' output")
	return c
}
