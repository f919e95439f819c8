package manage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var infoCommands = []session.Command{
	{
		Name: "INFO", Run: cmdInfo, Arity: -1,
		Flags: "loading stale", Spares: session.NeedsRoom, Categories: "dangerous", Group: "server", Shared: true, Since: "1.0.0",
		Tips:    "nondeterministic_output request_policy:all_shards response_policy:special",
		Syntax:  "[section [section ...]]",
		Summary: "Returns statistics and settings of the node.",
		Timed:   true,
		Differs: sameKind(aboutNode, ""),
		Line: []session.Form{
			{Name: "INFO", Min: 1, Max: 2, Syntax: "[<section>]", Reply: "`name:value` lines, then `END`", Words: &reply.Words{End: "END"}},
			{Name: "STATS", Min: 1, Max: 1, Reply: "`name value` lines, then `END`", Words: &reply.Words{End: "END"}, Run: lineStats},
		},
	},
}

// report builds the text of INFO.
type report struct {
	n   *session.Node
	b   strings.Builder
	s   session.Snapshot
	now int64
	all []metric.Reading // nil until a section needs them
	// placed are the metrics that metric has written.
	placed []string
}

// infoSections are the sections in the order of INFO.
var infoSections = []struct {
	name     string
	extra    bool // not in the default reply
	measured bool // metrics follow the lines of write
	write    func(*report)
}{
	{"server", false, true, (*report).server},
	{"clients", false, false, (*report).clients},
	{"memory", false, true, (*report).memory},
	{"persistence", false, true, (*report).persistence},
	{"stats", false, true, (*report).stats},
	{"replication", false, true, (*report).replication},
	{"cpu", false, false, (*report).cpu},
	{"commandstats", true, false, (*report).commandStats},
	{"errorstats", false, false, (*report).errorStats},
	{"cluster", false, true, (*report).cluster},
	{"keyspace", false, false, (*report).keyspace},
}

// info returns the text of the sections named in want. No name, or "default", means the usual sections, "all" and
// "everything" mean all.
func info(n *session.Node, now int64, want ...string) string {
	r := &report{n: n, s: n.Snapshot(), now: now}
	for _, s := range infoSections {
		show := len(want) == 0 && !s.extra
		for _, w := range want {
			w = strings.ToLower(w)
			show = show || w == s.name || w == "all" || w == "everything" || w == "default" && !s.extra
		}
		if !show {
			continue
		}
		if r.b.Len() > 0 {
			r.b.WriteString("\r\n")
		}
		r.b.WriteString("# " + strings.ToUpper(s.name[:1]) + s.name[1:] + "\r\n")
		if s.measured && r.all == nil {
			r.all = r.s.Metrics()
		}
		s.write(r)
		if s.measured {
			r.metrics(s.name)
		}
	}
	return r.b.String()
}

// metrics appends the metrics of a section that are not placed yet.
func (r *report) metrics(section string) {
	for i := range r.all {
		if m := &r.all[i]; m.Section == section && !slices.Contains(r.placed, m.Info) {
			r.put(m.Info, m.Text())
		}
	}
}

// metric writes the metric of this name here rather than after the section's other lines. redis-cli takes the first line
// that begins with a name, so a name must come before longer names that begin with it.
func (r *report) metric(name string) {
	for i := range r.all {
		if m := &r.all[i]; m.Info == name {
			r.put(name, m.Text())
			r.placed = append(r.placed, name)
		}
	}
}

func (r *report) put(name string, value any) { fmt.Fprintf(&r.b, "%s:%v\r\n", name, value) }

func cmdInfo(c *session.Call) {
	var want []string
	for i := 1; i < c.NArg(); i++ {
		want = append(want, string(c.Arg(i)))
	}
	c.Verbatim(info(c.Node, c.Now, want...))
}

func lineStats(c *session.Call) {
	var b strings.Builder
	counts := c.Node.Snapshot()
	for _, m := range counts.Metrics() {
		if m.Stats != "" {
			fmt.Fprintf(&b, "%s %s\n", m.Stats, cmp.Or(m.Text(), "-"))
		}
	}
	c.Verbatim(b.String())
}
