package session

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// setting is what CONFIG GET shows and, where set is not nil, CONFIG SET changes.
type setting struct {
	name string
	get  func(*Node) string
	set  func(*Node, string) error
}

func constant(v string) func(*Node) string { return func(*Node) string { return v } }

// settings are the names of Redis' configuration that have a meaning here, and
// those that tools ask for.
var settings = []setting{
	{"maxmemory", func(n *Node) string { return fmt.Sprint(n.store.Stats().MaxMemory) }, setMaxMemory},
	{"maxmemory-policy", constant("allkeys-lru"), nil},
	{"maxclients", func(n *Node) string { return fmt.Sprint(n.maxClients()) }, setMaxClients},
	{"timeout", func(n *Node) string { return fmt.Sprint(int64(n.idleTimeout().Seconds())) }, setTimeout},
	{"slowlog-log-slower-than", func(n *Node) string { return fmt.Sprint(slowMicros(n.slower.Load())) }, setSlower},
	{"slowlog-max-len", func(n *Node) string { return fmt.Sprint(n.slowlog.max.Load()) }, setSlowMax},
	{"loglevel", func(n *Node) string { return n.logLevel() }, setLogLevel},
	{"save", constant(""), nil},
	{"appendonly", constant("no"), nil},
	{"databases", constant("1"), nil},
	{"slave-read-only", constant("yes"), nil},
	{"replica-read-only", constant("yes"), nil},
	{"port", func(n *Node) string { return fmt.Sprint(n.Port) }, nil},
	{"proto-max-bulk-len", constant(fmt.Sprint(wire.MaxBulk)), nil},
	{"lfu-log-factor", constant("10"), nil},
	{"hz", constant("10"), nil},
}

func slowMicros(nanos int64) int64 {
	if nanos < 0 {
		return -1
	}
	return nanos / 1000
}

func (n *Node) maxClients() int {
	if n.Settings == nil {
		return 10000
	}
	return n.Settings.MaxConnections()
}

func (n *Node) idleTimeout() time.Duration {
	if n.Settings == nil {
		return 0
	}
	return n.Settings.IdleTimeout()
}

func (n *Node) logLevel() string {
	if n.Settings == nil {
		return "info"
	}
	return n.Settings.LogLevel()
}

// rejectedConnections counts connections over the cap, where the server tells.
func (n *Node) rejectedConnections() int64 {
	if r, ok := n.Settings.(interface{ RejectedConnections() int64 }); ok {
		return r.RejectedConnections()
	}
	return 0
}

// readsAndWrites counts system calls on sockets, where the server tells.
func (n *Node) readsAndWrites() (reads, writes int64) {
	if s, ok := n.Settings.(interface{ ReadsAndWrites() (reads, writes int64) }); ok {
		return s.ReadsAndWrites()
	}
	return 0, 0
}

func cmdConfig(c *call) {
	switch {
	case c.is(1, "GET") && len(c.args) > 2:
		c.configGet()
	case c.is(1, "SET") && len(c.args) > 3 && len(c.args)%2 == 0:
		c.configSet()
	case c.is(1, "RESETSTAT") && len(c.args) == 2:
		c.n.mu.Lock()
		c.n.base = c.n.sum()
		c.n.mu.Unlock()
		c.ok()
	case c.isAny(1, "GET", "SET", "RESETSTAT"):
		c.wrongArgs("config|" + lower(string(c.arg(1))))
	case c.is(1, "REWRITE") && len(c.args) == 2:
		c.fail("The server is running without a config file")
	default:
		c.unknownSub("CONFIG")
	}
}

func (c *call) configGet() {
	var found []setting
	for _, s := range settings {
		for i := 2; i < len(c.args); i++ {
			if wire.Match([]byte(lower(string(c.arg(i)))), []byte(s.name)) {
				found = append(found, s)
				break
			}
		}
	}
	c.out = wire.Map(c.out, c.p, len(found))
	for _, s := range found {
		c.out = wire.BulkString(c.out, s.name)
		c.out = wire.BulkString(c.out, s.get(c.n))
	}
}

func (c *call) configSet() {
	type change struct {
		s     setting
		value string
	}
	var changes []change
	for i := 2; i < len(c.args); i += 2 {
		name := lower(string(c.arg(i)))
		j := -1
		for k := range settings {
			if settings[k].name == name {
				j = k
			}
		}
		switch {
		case j < 0:
			c.fail("Unknown option or number of arguments for CONFIG SET - '" + string(sanitized(c.arg(i))) + "'")
			return
		case settings[j].set == nil:
			c.fail("CONFIG SET failed (possibly related to argument '" + name + "') - can't set immutable config")
			return
		}
		changes = append(changes, change{settings[j], string(c.arg(i + 1))})
	}
	for _, ch := range changes {
		if err := ch.s.set(c.n, ch.value); err != nil {
			c.fail("CONFIG SET failed (possibly related to argument '" + ch.s.name + "') - " + err.Error())
			return
		}
	}
	c.ok()
}

// memtoll reads a number of bytes with the units that Redis knows.
func memtoll(v string) (int64, error) {
	digits := strings.TrimRight(strings.ToLower(v), "kmgb")
	units := map[string]int64{"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1e6, "mb": 1 << 20, "g": 1e9, "gb": 1 << 30}
	unit, ok := units[strings.ToLower(v[len(digits):])]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !ok || n < 0 {
		return 0, fmt.Errorf("argument must be a memory value")
	}
	return n * unit, nil
}

func setMaxMemory(n *Node, v string) error {
	bytes, err := memtoll(v)
	if err != nil {
		return err
	}
	return n.store.SetLimits(n.store.Stats().MaxEntries, bytes)
}

func number(v string, least int64) (int64, error) {
	n, ok := wire.ParseInt([]byte(v))
	if !ok {
		return 0, fmt.Errorf("argument couldn't be parsed into an integer")
	}
	if n < least {
		return 0, fmt.Errorf("argument must be between %d and 2147483647 inclusive", least)
	}
	return n, nil
}

func setMaxClients(n *Node, v string) error {
	m, err := number(v, 1)
	if err != nil || n.Settings == nil {
		return err
	}
	n.Settings.SetMaxConnections(int(m))
	return nil
}

func setTimeout(n *Node, v string) error {
	m, err := number(v, 0)
	if err != nil || n.Settings == nil {
		return err
	}
	n.Settings.SetIdleTimeout(time.Duration(m) * time.Second)
	return nil
}

func setSlower(n *Node, v string) error {
	m, err := number(v, -1)
	if err == nil {
		n.slower.Store(max(m*1000, -1))
	}
	return err
}

func setSlowMax(n *Node, v string) error {
	m, err := number(v, 0)
	if err == nil {
		n.slowlog.max.Store(m)
	}
	return err
}

// logLevels translates Redis' names of log levels.
var logLevels = map[string]string{"verbose": "info", "notice": "info", "warning": "warn", "nothing": "error"}

func setLogLevel(n *Node, v string) error {
	if n.Settings == nil {
		return nil
	}
	if ours, ok := logLevels[v]; ok {
		v = ours
	}
	return n.Settings.SetLogLevel(v)
}
