package manage

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

func (r *report) server() {
	n := r.n
	r.put("redis_version", redisVersion)
	r.put("cachegopher_version", n.Version)
	r.put("redis_mode", redisMode(n))
	r.put("os", runtime.GOOS+" "+runtime.GOARCH)
	r.put("arch_bits", 64)
	r.put("go_version", runtime.Version())
	r.put("process_id", os.Getpid())
	r.put("run_id", r.s.RunID)
	r.put("server_id", n.ID)
	r.put("tcp_port", n.Port)
	r.put("server_time_usec", r.now*1000)
	r.put("uptime_in_days", int64(time.Since(r.s.Started).Hours())/24)
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
	r.put("connected_clients", r.s.Sessions)
	r.put("cluster_connections", 0)
	r.put("maxclients", live(r.n).MaxConnections())
	r.put("blocked_clients", 0)
	r.put("tracking_clients", 0)
}

func (r *report) memory() {
	rss := residentMemory()
	used := r.s.Store.UsedBytes
	r.metric("used_memory")
	r.put("used_memory_human", human(used))
	r.put("used_memory_rss", rss)
	r.put("used_memory_rss_human", human(rss))
	peak := r.n.PeakMemory(used)
	r.put("used_memory_peak", peak)
	r.put("used_memory_peak_human", human(peak))
	r.put("total_system_memory", r.n.MachineMemory())
	r.put("total_system_memory_human", human(r.n.MachineMemory()))
	r.metric("maxmemory")
	r.put("maxmemory_human", human(r.s.Store.MaxMemory))
	r.put("maxmemory_policy", r.n.Store().Policy().Redis())
	r.put("eviction_policy", r.n.Store().Policy())
	r.put("mem_fragmentation_ratio", fmt.Sprintf("%.2f", float64(rss)/float64(max(used, 1))))
	r.put("mem_allocator", "cachegopher")
	r.put("active_defrag_running", 0)
	r.put("lazyfree_pending_objects", 0)
}

func (r *report) persistence() {
	r.put("loading", loading(r.n))
	r.put("async_loading", 0)
	saves := r.n.Saves()
	running, current, last, status := 0, int64(-1), int64(-1), "ok"
	if !saves.Began.IsZero() {
		running, current = 1, int64(time.Since(saves.Began).Seconds())
	}
	if !saves.Last.IsZero() {
		last = int64(saves.Took.Seconds())
	}
	if saves.Failed {
		status = "err"
	}
	r.put("rdb_changes_since_last_save", r.n.Unsaved())
	r.put("rdb_bgsave_in_progress", running)
	r.put("rdb_last_save_time", r.n.LastSave().Unix())
	r.put("rdb_last_bgsave_status", status)
	r.put("rdb_last_bgsave_time_sec", last)
	r.put("rdb_current_bgsave_time_sec", current)
	r.put("rdb_saves", saves.Written)
	r.put("rdb_last_load_keys_expired", saves.Expired)
	r.put("rdb_last_load_keys_loaded", saves.Loaded)
	r.put("aof_enabled", 0)
	r.put("aof_rewrite_in_progress", 0)
	r.put("aof_last_bgrewrite_status", "ok")
	r.kept()
}

// kept reports on memory that outlives the process; metrics follow.
func (r *report) kept() {
	k := r.n.Kept
	in, start := "off", "empty"
	if k.In != "" {
		in = k.In
	}
	if k.Start && k.Clean {
		start = "clean"
	} else if k.Start {
		start = "killed"
	}
	r.put("keep_memory", in)
	r.put("kept_start", start)
	r.put("kept_start_ms", k.Took.Milliseconds())
}

func (r *report) stats() {
	r.put("sync_partial_err", 0)
	r.put("pubsub_channels", 0)
	r.put("pubsub_patterns", 0)
	r.put("latest_fork_usec", 0)
}

func (r *report) replication() { r.put("role", redisRole(r.n.Leads())) }

func (r *report) cpu() {
	user, system := cpuTime()
	r.put("used_cpu_sys", fmt.Sprintf("%.6f", system.Seconds()))
	r.put("used_cpu_user", fmt.Sprintf("%.6f", user.Seconds()))
}

func (r *report) commandStats() {
	for _, c := range r.s.Commands {
		r.put("cmdstat_"+c.Name, fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			c.Calls, c.Took.Microseconds(), float64(c.Took)/1000/float64(max(c.Calls, 1)), c.Rejected, c.Failed))
	}
}

func (r *report) errorStats() {
	for i, n := range r.s.Errors {
		if n > 0 {
			r.put("errorstat_"+reply.Code(i).String(), fmt.Sprintf("count=%d", n))
		}
	}
}

func (r *report) cluster() {
	enabled := 0
	if r.n.Cluster() != nil {
		enabled = 1
	}
	r.put("cluster_enabled", enabled)
}

func (r *report) keyspace() {
	if r.s.Store.Entries > 0 {
		r.put("db0", fmt.Sprintf("keys=%d,expires=%d,avg_ttl=%d", r.s.Store.Entries, r.s.Store.Expiring,
			averageTTL(r.n, r.s.Store.Entries, r.now)))
	}
}

// averageTTL is the mean time to live, in milliseconds, of the entries with an expiry, or
// of a sample if there are many.
func averageTTL(n *session.Node, entries, now int64) int64 {
	const sample, steps = 256, 16
	cursor := uint64(0)
	if entries > sample {
		cursor = rand.Uint64() >> 8
	}
	sum, count := 0.0, 0.0
	for range steps {
		cursor = n.Store().Scan(cursor, sample, now, func(s lru.Reader, e lru.Entry, _ []byte) {
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

// human formats a number of bytes as INFO does.
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

// loading is 1 while the node loads its group's data, otherwise 0.
func loading(n *session.Node) int {
	if n.Loading() {
		return 1
	}
	return 0
}
