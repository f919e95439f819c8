package manage

import (
	"github.com/cachegopher/cachegopher/server/session"
)

var latencyCommands = []session.Command{
	{
		Name: "LATENCY", Run: cmdLatency, Arity: -2,
		Flags: "admin noscript loading stale", Group: "server", Shared: true, Since: "2.8.13",
		Syntax:  "HISTOGRAM [command ...]",
		Summary: "Shows the latency of commands.",
		Differs: sameKind(aboutNode, "HISTOGRAM"),
		Subcommands: []session.Subcommand{
			{Usage: "HISTOGRAM [<command-name> ...]", Help: "Return the latencies of sampled calls, by command."},
			{Usage: "HISTORY <event>", Help: "Return nothing: events are not kept."},
			{Usage: "LATEST", Help: "Return nothing: events are not kept."},
			{Usage: "RESET [<event> ...]", Help: "Return 0: events are not kept."},
		},
	},
}

func cmdLatency(c *session.Call) {
	switch {
	case c.Is(1, "HISTOGRAM"):
		latencyHistogram(c)
	case c.Is(1, "RESET"):
		c.Integer(0)
	case c.Is(1, "LATEST") && c.NArg() == 2:
		c.Array(0)
	case c.Is(1, "HISTORY") && c.NArg() == 3:
		c.Array(0)
	case c.IsAny(1, "LATEST", "HISTORY"):
		c.WrongSubArgs()
	default:
		c.UnknownSub("LATENCY")
	}
}

// latencyHistogram answers LATENCY HISTOGRAM: for each command, the number of samples and their cumulative counts by upper
// bound in microseconds.
func latencyHistogram(c *session.Call) {
	wanted := func(name string) bool {
		for i := 2; i < c.NArg(); i++ {
			if c.Lower(i) == name {
				return true
			}
		}
		return c.NArg() == 2
	}
	var shown []string
	var all []session.Latencies
	for name, latencies := range c.Node.Latencies() {
		if wanted(name) {
			shown, all = append(shown, name), append(all, latencies)
		}
	}
	c.Map(len(shown))
	for i, name := range shown {
		c.Text(name)
		c.Map(2)
		c.Text("calls")
		c.Integer(all[i].Count())
		c.Text("histogram_usec")
		histogram(c, &all[i])
	}
}

// histogram appends the cumulative counts of the buckets that are not empty; buckets below a microsecond are merged.
func histogram(c *session.Call, lat *session.Latencies) {
	type point struct{ usec, count int64 }
	var points []point
	sum := int64(0)
	for i, n := range lat.Buckets {
		if sum += n; n == 0 {
			continue
		}
		usec := max(session.LatencyBound(i).Microseconds(), 1)
		if last := len(points) - 1; last >= 0 && points[last].usec == usec {
			points[last].count = sum
		} else {
			points = append(points, point{usec, sum})
		}
	}
	c.Map(len(points))
	for _, p := range points {
		c.Integer(p.usec)
		c.Integer(p.count)
	}
}
