package config

import (
	"io/fs"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/lru/policy"
)

const (
	maxEntries = 1 << 40
	maxBytes   = 1 << 50
)

// Unlimited is a MoveRate without a limit, which a config gives as 0.
const Unlimited = -1

// Values of KeepMemory beside folders.
const (
	KeepOff     = "off"
	KeepSystemd = "systemd"
)

// MinMemory is the least max_memory in bytes that a store accepts.
const MinMemory = 1e6

// Settings are the keys of "common", which a server may override.
type Settings struct {
	Production           bool // no log on standard output
	MaxSize              int64
	MaxMemory            int64
	EvictionPolicy       string
	Prefixes             []Prefix
	EventLoops           int64
	MaxConnections       int64
	UnixSocketMode       fs.FileMode // 0: none is given
	IdleTimeout          time.Duration
	TCPKeepAlive         time.Duration
	ClientBuffers        int64
	ReplicationLog       int64
	ReplicationBatch     int64
	ReplicationDelay     time.Duration
	ReplicationHeartbeat time.Duration
	RecoverTimeout       time.Duration
	MinSecondaries       int64
	MoveRate             int64  // bytes a second; Unlimited: no limit
	RedisCluster         string // auto, on or off
	StateDirectory       string // empty: none is given
	Snapshot             string // empty: none is given
	LocalReads           bool
	LargePages           bool
	KeepMemory           string // KeepOff, KeepSystemd or the absolute path of a folder
	AllowDebug           bool
	AdminAddress         string // host:port; empty: none
	AdminNames           []string
	AdminProfiling       bool
	AdminShowKeys        bool
}

func (s *Settings) keys() table {
	return table{
		{"production", &s.Production, truth(true), nil, AtStart,
			"true: nothing is logged to standard output"},
		{"max_size", &s.MaxSize, count(0, maxEntries), nil, OnReload,
			"the most entries; 0: memory is the only limit"},
		{"max_memory", &s.MaxMemory, sizeOrZero(MinMemory, maxBytes), nil, OnReload,
			"the most bytes; 0: `max_size` is the only limit, or without it a quarter of the memory of the machine or its cgroup"},
		{"eviction_policy", &s.EvictionPolicy, choice(policy.Names()...), policy.LRU.String(), OnReload,
			"which entry is evicted when there is no room: " + policyTexts()},
		{"prefixes", &s.Prefixes, prefixes{}, nil, OnReload,
			"parts of the keys that are counted apart, at most 8, as in `[\"user:\", {\"prefix\": \"session:\", \"min\": \"1GB\", \"max\": \"4GB\"}]`; of several that fit a key, the longest one counts. docs/operations.md, \"Prefixes\""},
		{"event_loops", &s.EventLoops, count(0, 256), nil, AtStart,
			"threads that serve connections; 0: one per core"},
		{"max_connections", &s.MaxConnections, count(1, 10_000_000), int64(10_000), OnReload,
			"concurrent clients; other nodes and health checks are served beyond it"},
		{"unix_socket_mode", &s.UnixSocketMode, optional{mode()}, nil, AtStart,
			"permissions of unix sockets, as in `\"0660\"`; without it the umask decides, mostly for `0755`, with which other users cannot connect"},
		{"idle_timeout", &s.IdleTimeout, duration(0, 365*day), nil, OnReload,
			"how long a client may be silent before it is disconnected; other nodes of the group may be silent for longer; 0: forever"},
		{"tcp_keepalive", &s.TCPKeepAlive, duration(time.Second, day), 60 * time.Second, OnReload,
			"how long a client is silent before the kernel sends keepalive probes"},
		{"client_buffers", &s.ClientBuffers, size(1e6, maxBytes), int64(256e6), OnReload,
			"the most bytes that the buffers of all clients may hold together"},
		{"replication_log", &s.ReplicationLog, size(1e6, 1<<40), int64(64e6), AtStart,
			"bytes of the latest writes that each member of a group keeps: a secondary that missed more is sent all data"},
		{"replication_batch", &s.ReplicationBatch, size(1e3, 16e6), int64(256e3), AtStart,
			"about how many bytes a primary sends to a secondary at once"},
		{"replication_delay", &s.ReplicationDelay, duration(10*time.Microsecond, time.Second), time.Millisecond, AtStart,
			"how long a write waits for others to be sent with it"},
		{"replication_heartbeat", &s.ReplicationHeartbeat, duration(100*time.Millisecond, time.Hour), time.Second, AtStart,
			"the interval of heartbeats; a member that misses three is given up until it is back"},
		{"recover_timeout", &s.RecoverTimeout, duration(time.Second, day), time.Minute, AtStart,
			"after this a secondary with `--recover` serves what it has, and a primary stops waiting for a silent member that may have later data"},
		{"min_secondaries", &s.MinSecondaries, count(0, 1000), nil, OnReload,
			"a primary with fewer secondaries in step refuses writes with `NOREPLICAS`; 0: it takes them even if it is alone"},
		{"move_rate", &s.MoveRate, rate(1e3, maxBytes), int64(5e6), OnReload,
			"at most how many bytes of entries a second a primary copies to another group while slots move (`REBALANCE`); it copies down to a quarter of them while the nodes are busy. 0: as fast as it can"},
		{"redis_cluster", &s.RedisCluster, choice("auto", "on", "off"), "auto", OnReload,
			"whether Redis clients are served as by a node of Redis Cluster, with redirections (docs/protocol.md). `auto`: if there is more than one group; `on`: always; `off`: only once `REBALANCE` moves slots"},
		{"state_directory", &s.StateDirectory, optional{text("the path of a folder")}, nil, AtStart,
			"where a primary counts its writes, in a file of about 1 MB, so that after a `kill -9` its next process can tell how many are lost (Linux). Without it, that of the service manager (`$STATE_DIRECTORY`, `$RUNTIME_DIRECTORY`); without that, they are not known"},
		{"snapshot", &s.Snapshot, optional{text("the path of a file or folder")}, nil, AtStart,
			"the file to which `SAVE`, `BGSAVE` and a stop write all entries, and from which a start reads them; in a folder that exists it is named after the server's id, as in `server_A1.snapshot`. A relative path is below the service manager's `$CACHE_DIRECTORY`, if there is one. docs/operations.md, \"Snapshots\""},
		{"local_reads", &s.LocalReads, truth(true), nil, AtStart,
			"true: clients of the same machine whose user may read all keys get the node's memory, and read from it without asking the node (Linux on amd64). docs/security.md, \"Local reads\""},
		{"keep_memory", &s.KeepMemory, keepPlace(), KeepOff, AtStart,
			"where the memory with the entries is kept while the node restarts, so that it is back with all of them in milliseconds (Linux). `systemd`: at the service manager, whose unit must have a `FileDescriptorStoreMax`, as that of the packages; a folder on a tmpfs, such as `/dev/shm/cachegopher`, which is made if only it is missing; `off`: nowhere. docs/operations.md, \"Restarts that stay warm\""},
		{"large_pages", &s.LargePages, truth(true), nil, AtStart,
			"true: memory that is full is put into pages of 2 MB in the background, which makes reads and writes among millions of entries faster, and local reads most of all (Linux 6.1 or later). While 2 MB are moved, requests for what is in them wait, for half a millisecond to several. docs/operations.md, \"Large pages\""},
		{"allow_debug", &s.AllowDebug, truth(true), nil, AtStart,
			"true: `DEBUG SLEEP`, which blocks an event loop, is allowed; for tests"},
		{"admin_address", &s.AdminAddress, adminAddress{}, nil, AtStart,
			"the listener for operators: `/status` (a page, or JSON), `/metrics` (Prometheus), `/healthz`, `/readyz`, `/primary`"},
		{"admin_names", &s.AdminNames, hostNames{words{"host names", "a host name"}}, nil, AtStart,
			"host names that the admin listener answers to, beside IP addresses, `localhost` and the names in `address`; a request for another name is answered with 421"},
		{"admin_profiling", &s.AdminProfiling, truth(true), nil, AtStart,
			"true: the admin listener serves `/debug/pprof`"},
		{"admin_show_keys", &s.AdminShowKeys, truth(true), nil, AtStart,
			"true: `/status` may show keys"},
	}
}

// policyTexts says which entry each policy evicts.
func policyTexts() string {
	var texts []string
	for _, p := range policy.All() {
		texts = append(texts, "`"+p.String()+"`: "+p.Text())
	}
	return strings.Join(texts, "; ")
}
