package config

import (
	"io/fs"
	"time"
)

// Every key that a file may have is one row here. Adding a key to a part of the file takes a field
// in that part's struct and a row in its table. A row also says whether a running node takes the key up.

const (
	day        = 24 * time.Hour
	maxEntries = 1 << 40
	maxWeight  = 1 << 20 // what a ring takes
)

// MinMemory is the least max_memory, in bytes: what a store takes.
const MinMemory = 1e6

var fileKeys = []key[File]{
	inner("clientConf", clientKeys, func(f *File) *ClientConf { return &f.ClientConf }),
	inner("common", settingKeys, func(f *File) *Settings { return &f.Common }),
	inner("security", securityKeys, func(f *File) *Security { return &f.Security }),
	serversKey(),
	inner("logging", loggingKeys, func(f *File) *Logging { return &f.Logging }),
}

var clientKeys = []key[ClientConf]{
	forClients(duration("connectionTimeout", 300*time.Second, time.Second, 365*day, func(c *ClientConf) *time.Duration { return &c.ConnectionTimeout })),
	forClients(duration("keepAliveInterval", 15*time.Second, time.Second, day, func(c *ClientConf) *time.Duration { return &c.KeepAliveInterval })),
	forClients(duration("unHealthyInterval", 30*time.Second, time.Millisecond, day, func(c *ClientConf) *time.Duration { return &c.UnHealthyInterval })),
}

// settingKeys are the keys of "common". Each may also stand on a server, where it overrides.
var settingKeys = []key[Settings]{
	truth("production", func(s *Settings) *bool { return &s.Production }),
	live(count("max_size", 0, 0, maxEntries, func(s *Settings) *int64 { return &s.MaxSize })),
	live(size("max_memory", 0, MinMemory, 1<<50, true, func(s *Settings) *int64 { return &s.MaxMemory })),
	choice("eviction_policy", "LRU", []string{"LRU"}, func(s *Settings) *string { return &s.EvictionPolicy }),
	count("event_loops", 0, 0, 256, func(s *Settings) *int64 { return &s.EventLoops }),
	live(count("max_connections", 10_000, 1, 10_000_000, func(s *Settings) *int64 { return &s.MaxConnections })),
	unlessZero(mode("unix_socket_mode", func(s *Settings) *fs.FileMode { return &s.UnixSocketMode })),
	live(duration("idle_timeout", 0, 0, 365*day, func(s *Settings) *time.Duration { return &s.IdleTimeout })),
	live(duration("tcp_keepalive", 60*time.Second, time.Second, day, func(s *Settings) *time.Duration { return &s.TCPKeepAlive })),
	live(size("client_buffers", 256e6, 1e6, 1<<50, false, func(s *Settings) *int64 { return &s.ClientBuffers })),
	size("replication_log", 64e6, 1e6, 1<<40, false, func(s *Settings) *int64 { return &s.ReplicationLog }),
	size("replication_batch", 256e3, 1e3, 16e6, false, func(s *Settings) *int64 { return &s.ReplicationBatch }),
	duration("replication_delay", time.Millisecond, 10*time.Microsecond, time.Second, func(s *Settings) *time.Duration { return &s.ReplicationDelay }),
	duration("replication_heartbeat", time.Second, 100*time.Millisecond, time.Hour, func(s *Settings) *time.Duration { return &s.ReplicationHeartbeat }),
	duration("recover_timeout", time.Minute, time.Second, day, func(s *Settings) *time.Duration { return &s.RecoverTimeout }),
	truth("allow_debug", func(s *Settings) *bool { return &s.AllowDebug }),
	admin("admin_address", func(s *Settings) *string { return &s.AdminAddress }),
	namesKey("admin_names", func(s *Settings) *[]string { return &s.AdminNames }),
	truth("admin_profiling", func(s *Settings) *bool { return &s.AdminProfiling }),
	truth("admin_show_keys", func(s *Settings) *bool { return &s.AdminShowKeys }),
}

// identityKeys are the keys that only a server has.
var identityKeys = []key[Node]{
	text("id", "a string", func(n *Node) *string { return &n.ID }),
	addressKey("address", func(n *Node) *[]string { return &n.Addresses }),
	tlsKey("tls_address", func(n *Node) *string { return &n.TLSAddress }),
	live(roleKey()),
	live(idKey("primary", func(n *Node) *string { return &n.Primary })),
	live(idsKey("secondaries", func(n *Node) *[]string { return &n.Secondaries })),
	forClients(unlessZero(count("weight", 0, 0, maxWeight, func(n *Node) *int64 { return &n.Weight }))),
	forClients(unlessZero(text("zone", "a string", func(n *Node) *string { return &n.Zone }))),
}

var serverKeys = append(identityKeys, part(settingKeys, func(n *Node) *Settings { return &n.Settings })...)

var loggingKeys = []key[Logging]{
	live(choice("level", "info", []string{"debug", "info", "warn", "error"}, func(l *Logging) *string { return &l.Level })),
	text("file", "the path of a file", func(l *Logging) *string { return &l.File }),
}
