package session

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/metric"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var infoCommands = []Command{
	{
		Name: "INFO", Run: cmdInfo, Arity: -1,
		Flags: "loading stale", Categories: "dangerous", Group: "server", Shared: true, Since: "1.0.0",
		Tips:    "nondeterministic_output request_policy:all_shards response_policy:special",
		Syntax:  "[section [section ...]]",
		Summary: "Tells about the node.",
		Timed:   true,
		Differs: []Difference{{Compare: command.SameKind, What: aboutNode}},
		Line: []Form{
			{Name: "INFO", Min: 1, Max: 2, Syntax: "[<section>]", Reply: "`name:value` lines, then `END`", Words: &reply.Words{End: "END"}},
			{Name: "STATS", Min: 1, Max: 1, Reply: "`name value` lines, then `END`", Words: &reply.Words{End: "END"}, Run: lineStats},
		},
	},
}

// report builds the text of INFO.
type report struct {
	n   *Node
	b   strings.Builder
	c   Counts
	all []metric.Reading
	t   totals
	now int64
	// placed are the metrics that stand in the text, where metric has put them.
	placed []string
}

// infoSections are the sections in the order INFO shows them. Those that are not
// in the default answer are marked.
var infoSections = []struct {
	name  string
	extra bool
	write func(*report)
}{
	{"server", false, (*report).server},
	{"clients", false, (*report).clients},
	{"memory", false, (*report).memory},
	{"persistence", false, (*report).persistence},
	{"stats", false, (*report).stats},
	{"replication", false, (*report).replication},
	{"cpu", false, (*report).cpu},
	{"commandstats", true, (*report).commandStats},
	{"errorstats", false, (*report).errorStats},
	{"cluster", false, (*report).cluster},
	{"keyspace", false, (*report).keyspace},
}

// info is the text of the sections that want names: none or default for the usual
// ones, all or everything for all.
func (n *Node) info(now int64, want ...string) string {
	r := &report{n: n, t: n.totals(), now: now}
	r.c = n.counts(&r.t)
	r.all = n.readings(&r.c)
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
		s.write(r)
		r.metrics(s.name)
	}
	return r.b.String()
}

// metrics adds the metrics of a section that it does not have yet.
func (r *report) metrics(section string) {
	for i := range r.all {
		if m := &r.all[i]; m.Section == section && !slices.Contains(r.placed, m.Info) {
			r.put(m.Info, m.Text())
		}
	}
}

// metric adds the metric of this name here rather than behind the section's other lines. redis-cli takes the first line
// that begins with a name, so a name has to stand before those that it begins.
func (r *report) metric(name string) {
	for i := range r.all {
		if m := &r.all[i]; m.Info == name {
			r.put(name, m.Text())
			r.placed = append(r.placed, name)
		}
	}
}

func (r *report) put(name string, value any) { fmt.Fprintf(&r.b, "%s:%v\r\n", name, value) }

func (r *report) server() {
	n := r.n
	r.put("redis_version", redisVersion)
	r.put("cachegopher_version", n.Version)
	r.put("redis_mode", "standalone")
	r.put("os", runtime.GOOS+" "+runtime.GOARCH)
	r.put("arch_bits", 64)
	r.put("go_version", runtime.Version())
	r.put("process_id", os.Getpid())
	r.put("run_id", n.runID)
	r.put("server_id", n.ID)
	r.put("tcp_port", n.Port)
	r.put("server_time_usec", r.now*1000)
	r.put("uptime_in_days", int64(time.Since(n.start).Hours())/24)
	r.put("hz", 10)
	r.put("configured_hz", 10)
	r.put("lru_clock", r.now/1000&(1<<24-1))
	r.put("executable", executable())
	r.put("config_file", n.ConfigFile)
	r.put("io_threads_active", 0)
}

func executable() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return path
}

func (r *report) clients() {
	r.n.mu.Lock()
	connected := r.n.clients()
	r.n.mu.Unlock()
	r.put("connected_clients", connected)
	r.put("cluster_connections", 0)
	r.put("maxclients", r.n.maxClients())
	r.put("blocked_clients", 0)
	r.put("tracking_clients", 0)
}

func (r *report) memory() {
	rss := residentMemory()
	used := r.c.Store.UsedBytes
	r.metric("used_memory")
	r.put("used_memory_human", human(used))
	r.put("used_memory_rss", rss)
	r.put("used_memory_rss_human", human(rss))
	peak := r.n.peakMemory(used)
	r.put("used_memory_peak", peak)
	r.put("used_memory_peak_human", human(peak))
	r.put("total_system_memory", r.n.machineMemory)
	r.put("total_system_memory_human", human(r.n.machineMemory))
	r.metric("maxmemory")
	r.put("maxmemory_human", human(r.c.Store.MaxMemory))
	r.put("maxmemory_policy", r.n.store.Policy().Redis())
	r.put("mem_fragmentation_ratio", fmt.Sprintf("%.2f", float64(rss)/float64(max(used, 1))))
	r.put("mem_allocator", "cachegopher")
	r.put("active_defrag_running", 0)
	r.put("lazyfree_pending_objects", 0)
}

func (r *report) persistence() {
	r.put("loading", r.n.loading())
	r.put("async_loading", 0)
	r.put("rdb_changes_since_last_save", 0)
	r.put("rdb_bgsave_in_progress", 0)
	r.put("rdb_last_bgsave_status", "ok")
	r.put("aof_enabled", 0)
	r.put("aof_rewrite_in_progress", 0)
	r.put("aof_last_bgrewrite_status", "ok")
}

func (r *report) stats() {
	r.put("sync_partial_err", 0)
	r.put("pubsub_channels", 0)
	r.put("pubsub_patterns", 0)
	r.put("latest_fork_usec", 0)
}

func (r *report) replication() { r.put("role", r.n.wireRole()) }

func (r *report) cpu() {
	user, system := cpuTime()
	r.put("used_cpu_sys", fmt.Sprintf("%.6f", system.Seconds()))
	r.put("used_cpu_user", fmt.Sprintf("%.6f", user.Seconds()))
}

func (r *report) commandStats() {
	for i, h := range r.n.table.handlers {
		calls, reject, fail := r.t.calls[i], r.t.reject[i], r.t.fail[i]
		if calls+reject == 0 {
			continue
		}
		usec := r.t.nanos[i] / 1000
		r.put("cmdstat_"+h.name, fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			calls, usec, float64(r.t.nanos[i])/1000/float64(max(calls, 1)), reject, fail))
	}
}

func (r *report) errorStats() {
	for i, n := range r.t.errors {
		if n > 0 {
			r.put("errorstat_"+reply.Code(i).String(), fmt.Sprintf("count=%d", n))
		}
	}
}

func (r *report) cluster() { r.put("cluster_enabled", 0) }

func (r *report) keyspace() {
	if r.c.Store.Entries > 0 {
		r.put("db0", fmt.Sprintf("keys=%d,expires=%d,avg_ttl=%d", r.c.Store.Entries, r.c.Store.Expiring, r.n.averageTTL(r.c.Store.Entries, r.now)))
	}
}

// averageTTL is the mean time left, in milliseconds, of the entries that expire: of a
// sample of them when there are many.
func (n *Node) averageTTL(entries, now int64) int64 {
	const sample, steps = 256, 16
	cursor := uint64(0)
	if entries > sample {
		cursor = rand.Uint64() >> 8
	}
	sum, count := 0.0, 0.0
	for range steps {
		cursor = n.store.Scan(cursor, sample, now, func(s lru.Reader, e lru.Entry, _ []byte) {
			if at := s.Expiry(e); at > now {
				sum += float64(at - now)
				count++
			}
		})
		if cursor == 0 || count >= sample {
			break
		}
	}
	if count == 0 {
		return 0
	}
	return int64(sum / count)
}

// peakMemory is the most memory that samples of this node have found, now included.
func (n *Node) peakMemory(used int64) int64 {
	for {
		peak := n.peak.Load()
		if used <= peak || n.peak.CompareAndSwap(peak, used) {
			return max(used, peak)
		}
	}
}

// human shows bytes as INFO does.
func human(n int64) string {
	f, units := float64(n), "BKMGT"
	i := 0
	for ; f >= 1024 && i < len(units)-1; i++ {
		f /= 1024
	}
	if i == 0 {
		return fmt.Sprintf("%dB", n)
	}
	return fmt.Sprintf("%.2f%c", f, units[i])
}

func cmdInfo(c *Call) {
	var want []string
	for i := 1; i < c.NArg(); i++ {
		want = append(want, string(c.Arg(i)))
	}
	c.Verbatim(c.Node.info(c.Now, want...))
}

func lineStats(c *Call) {
	t := c.Node.totals()
	counts := c.Node.counts(&t)
	var b strings.Builder
	for _, m := range c.Node.readings(&counts) {
		if m.Stats != "" {
			fmt.Fprintf(&b, "%s %s\n", m.Stats, cmp.Or(m.Text(), "-"))
		}
	}
	c.Verbatim(b.String())
}
