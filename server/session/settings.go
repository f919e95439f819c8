package session

import (
	"errors"
	"fmt"
	"math"
	"slices"
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
	{"maxmemory-policy", func(n *Node) string { return n.store.Policy().Redis() }, keepPolicy},
	{"maxclients", func(n *Node) string { return fmt.Sprint(n.maxClients()) }, setMaxClients},
	{"timeout", func(n *Node) string { return fmt.Sprint(int64(n.idleTimeout().Seconds())) }, setTimeout},
	{"tcp-keepalive", func(n *Node) string { return fmt.Sprint(int64(n.keepAlive().Seconds())) }, setKeepAlive},
	{"maxmemory-clients", func(n *Node) string { return fmt.Sprint(n.clientBuffers()) }, setClientBuffers},
	{"slowlog-log-slower-than", func(n *Node) string { return fmt.Sprint(n.slowlog.SlowerThan()) }, setSlower},
	{"slowlog-max-len", func(n *Node) string { return fmt.Sprint(n.slowlog.Max()) }, setSlowMax},
	{"loglevel", func(n *Node) string { return n.logLevel() }, setLogLevel},
	{"save", constant(""), only("")},
	{"appendonly", constant("no"), only("no")},
	{"databases", constant("1"), nil},
	{"slave-read-only", constant("yes"), only("yes")},
	{"replica-read-only", constant("yes"), only("yes")},
	{"port", func(n *Node) string { return fmt.Sprint(n.Port) }, nil},
	{"proto-max-bulk-len", constant(fmt.Sprint(wire.MaxBulk)), only(fmt.Sprint(wire.MaxBulk))},
	{"lfu-log-factor", constant("10"), only("10")},
	{"hz", constant("10"), only("10")},
}

// only takes the one value that a setting can have.
func only(value string) func(*Node, string) error {
	return func(_ *Node, v string) error {
		if !strings.EqualFold(v, value) {
			return fmt.Errorf("a node has '%s' and nothing else here", value)
		}
		return nil
	}
}

// keepPolicy takes the policy that the store has: another one takes a restart.
func keepPolicy(n *Node, v string) error { return only(n.store.Policy().Redis())(n, v) }

func findSetting(name string) *setting {
	for i := range settings {
		if settings[i].name == name {
			return &settings[i]
		}
	}
	return nil
}

// memtoll reads a number of bytes with the units that Redis knows.
func memtoll(v string) (int64, error) {
	digits := strings.TrimRight(strings.ToLower(v), "kmgb")
	units := map[string]int64{"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1e6, "mb": 1 << 20, "g": 1e9, "gb": 1 << 30}
	unit, ok := units[strings.ToLower(v[len(digits):])]
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || !ok || n > math.MaxInt64/uint64(unit) {
		return 0, errors.New("argument must be a memory value")
	}
	return int64(n) * unit, nil
}

func setMaxMemory(n *Node, v string) error {
	bytes, err := memtoll(v)
	if err != nil {
		return err
	}
	entries := n.store.Stats().MaxEntries
	if bytes == 0 && entries == 0 {
		return errors.New("0 is no bound, and there is none on the number of entries either")
	}
	return n.store.SetLimits(entries, bytes)
}

func number(v string, least, most int64) (int64, error) {
	n, ok := wire.ParseInt([]byte(v))
	if !ok {
		return 0, fmt.Errorf("argument couldn't be parsed into an integer")
	}
	if n < least || n > most {
		return 0, fmt.Errorf("argument must be between %d and %d inclusive", least, most)
	}
	return n, nil
}

func setMaxClients(n *Node, v string) error {
	m, err := number(v, 1, math.MaxUint32)
	if err != nil || n.Settings == nil {
		return err
	}
	n.Settings.SetMaxConnections(int(m))
	return nil
}

func setTimeout(n *Node, v string) error {
	m, err := number(v, 0, math.MaxInt32)
	if err != nil || n.Settings == nil {
		return err
	}
	n.Settings.SetIdleTimeout(time.Duration(m) * time.Second)
	return nil
}

// setKeepAlive takes seconds, for connections from now on; 0: no probes.
func setKeepAlive(n *Node, v string) error {
	m, err := number(v, 0, math.MaxInt32)
	if err != nil || n.Settings == nil {
		return err
	}
	n.Settings.SetKeepAlive(time.Duration(m) * time.Second)
	return nil
}

// leastClientBuffers is the least that client_buffers may be in a config, too.
const leastClientBuffers = 1e6

func setClientBuffers(n *Node, v string) error {
	bytes, err := memtoll(v)
	if err != nil {
		return err
	}
	if bytes < leastClientBuffers {
		return errors.New("argument must be at least 1000000")
	}
	if n.Settings != nil {
		n.Settings.SetClientBuffers(bytes)
	}
	return nil
}

func setSlower(n *Node, v string) error {
	m, err := number(v, -1, math.MaxInt64)
	if err == nil {
		n.slowlog.SetSlowerThan(m)
	}
	return err
}

func setSlowMax(n *Node, v string) error {
	m, err := number(v, 0, math.MaxInt64)
	if err == nil {
		n.slowlog.SetMax(m)
	}
	return err
}

// logLevels are Redis' names of log levels and the node's. Where two names mean
// the same level the later one is shown.
var logLevels = [][2]string{
	{"debug", "debug"}, {"verbose", "info"}, {"notice", "info"}, {"warning", "warn"}, {"nothing", "error"},
}

// logLevel is the level by Redis' name.
func (n *Node) logLevel() string {
	level := "info"
	if n.Settings != nil {
		level = n.Settings.LogLevel()
	}
	for _, l := range slices.Backward(logLevels) {
		if l[1] == level {
			return l[0]
		}
	}
	return level
}

// setLogLevel takes either name, in any case.
func setLogLevel(n *Node, v string) error {
	for _, l := range logLevels {
		if v = lower(v); v != l[0] && v != l[1] {
			continue
		}
		if n.Settings == nil {
			return nil
		}
		return n.Settings.SetLogLevel(l[1])
	}
	return errors.New("argument(s) must be one of the following: debug, verbose, notice, warning")
}
