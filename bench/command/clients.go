package command

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/cachegopher/cachegopher/bench/clients"
	"github.com/cachegopher/cachegopher/bench/runner"
)

func (a *app) clientsCommand() *cobra.Command {
	var o clients.Options
	var document string
	c := &cobra.Command{
		Use:   "clients",
		Short: "Compare the Go client with other clients for Go",
		Long: `clients compares the Go client with other clients for Go, all against one server and in turn within each round. It
starts redis-server, or those of --servers in turn, unless --addr names a server, and shows for each number of goroutines the medians over the rounds
of: thousand operations a second, ns of the client's CPU and reads and writes for each, the 50th and 99th percentiles of
latency; and our ratio to the best peer. The others are in the build with the peers only (make bench-peers): rueidis,
go-redis, and go-redis AutoPipeline.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			rep := a.newReport("Go clients")
			if err := clients.Run(c.Context(), &runner.Runner{Schemes: a.schemes}, o, rep, a.out); err != nil || document == "" {
				return err
			}
			return clients.Render(rep, document)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Address, "addr", "", "`host:port` of a server that speaks RESP; empty: start one")
	f.StringSliceVar(&o.Servers, "servers", []string{"redis-server"}, "`programs` to start, one after the other: redis-server, valkey-server, cachegopher")
	f.DurationVarP(&o.Duration, "duration", "d", 300*time.Millisecond, "length of one measurement")
	f.IntVar(&o.Rounds, "rounds", 15, "rounds; medians are shown")
	f.IntSliceVarP(&o.Goroutines, "goroutines", "g", []int{1, 64, 512}, "numbers of goroutines")
	f.IntVar(&o.Size, "size", 64, "bytes a value")
	f.IntVar(&o.Writes, "writes", 0, "percent of operations that are SET")
	f.StringSliceVar(&o.Who, "who", []string{"all"}, "`names` of clients, or all")
	f.StringVar(&document, "document", "", "markdown `file` whose table of clients is rewritten")
	f.BoolVar(&o.Cancel, "ctx", false, "give operations a cancellable context")
	return c
}
