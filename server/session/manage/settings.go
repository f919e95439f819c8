package manage

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/lru/policy"
	"github.com/cachegopher/cachegopher/server/session"
)

// setting is an option that CONFIG GET shows and, unless set is nil, CONFIG SET changes.
type setting struct {
	name string
	get  func(*session.Node) string
	set  func(*session.Node, string) error
}

// exact is for settings of which get says less than set takes, as Redis has one name for several of our policies.
var exact = map[string]func(*session.Node) string{
	"maxmemory-policy": func(n *session.Node) string { return n.Store().Policy().String() },
}

// undo is what set takes to bring back what is set now.
func (s *setting) undo(n *session.Node) string {
	if get := exact[s.name]; get != nil {
		return get(n)
	}
	return s.get(n)
}

func constant(v string) func(*session.Node) string { return func(*session.Node) string { return v } }

// settings are the options of Redis with a meaning here, and those that tools request.
var settings = []setting{
	{"maxmemory", func(n *session.Node) string { return fmt.Sprint(n.Store().Stats().MaxMemory) }, setMaxMemory},
	{"maxmemory-policy", func(n *session.Node) string { return n.Store().Policy().Redis() }, setPolicy},
	{"maxclients", func(n *session.Node) string { return fmt.Sprint(live(n).MaxConnections()) }, setMaxClients},
	{"timeout", func(n *session.Node) string { return fmt.Sprint(int64(live(n).IdleTimeout().Seconds())) }, setTimeout},
	{"tcp-keepalive", func(n *session.Node) string { return fmt.Sprint(int64(live(n).KeepAlive().Seconds())) }, setKeepAlive},
	{"maxmemory-clients", func(n *session.Node) string { return fmt.Sprint(live(n).ClientBuffers()) }, setClientBuffers},
	{"slowlog-log-slower-than", func(n *session.Node) string { return fmt.Sprint(n.SlowLog().SlowerThan()) }, setSlower},
	{"slowlog-max-len", func(n *session.Node) string { return fmt.Sprint(n.SlowLog().Max()) }, setSlowMax},
	{"loglevel", func(n *session.Node) string { return logLevel(n) }, setLogLevel},
	{"save", constant(""), only("")},
	{"appendonly", constant("no"), only("no")},
	{"databases", constant("1"), nil},
	{"slave-read-only", constant("yes"), only("yes")},
	{"replica-read-only", constant("yes"), only("yes")},
	{"port", func(n *session.Node) string { return fmt.Sprint(n.Port) }, nil},
	{"proto-max-bulk-len", constant(fmt.Sprint(wire.MaxBulk)), only(fmt.Sprint(wire.MaxBulk))},
	{"lfu-log-factor", constant("10"), only("10")},
	{"hz", constant("10"), only("10")},
}

// only returns a setter for a setting that has one possible value.
func only(value string) func(*session.Node, string) error {
	return func(_ *session.Node, v string) error {
		if !strings.EqualFold(v, value) {
			return fmt.Errorf("a node has '%s' and nothing else here", value)
		}
		return nil
	}
}

// setPolicy takes the names of Redis, and those of a config.
func setPolicy(n *session.Node, v string) error {
	p, ok := policy.ParseRedis(v)
	if !ok {
		return errors.New("argument(s) must be one of the following: " + strings.Join(policy.RedisNames(), ", "))
	}
	return n.Store().SetPolicy(p)
}

func findSetting(name string) *setting {
	for i := range settings {
		if settings[i].name == name {
			return &settings[i]
		}
	}
	return nil
}

// memtoll reads a number of bytes with the units of Redis.
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

func setMaxMemory(n *session.Node, v string) error {
	bytes, err := memtoll(v)
	if err != nil {
		return err
	}
	entries := n.Store().Stats().MaxEntries
	if bytes == 0 && entries == 0 {
		return errors.New("0 is no bound, and there is none on the number of entries either")
	}
	return n.Store().SetLimits(entries, bytes)
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

func setMaxClients(n *session.Node, v string) error {
	m, err := number(v, 1, math.MaxUint32)
	if err != nil {
		return err
	}
	live(n).SetMaxConnections(int(m))
	return nil
}

func setTimeout(n *session.Node, v string) error {
	m, err := number(v, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	live(n).SetIdleTimeout(time.Duration(m) * time.Second)
	return nil
}

// setKeepAlive sets the keep-alive of new connections, in seconds; 0: no probes.
func setKeepAlive(n *session.Node, v string) error {
	m, err := number(v, 0, math.MaxInt32)
	if err != nil {
		return err
	}
	live(n).SetKeepAlive(time.Duration(m) * time.Second)
	return nil
}

// leastClientBuffers is the least client_buffers, in bytes, in a config too.
const leastClientBuffers = 1e6

func setClientBuffers(n *session.Node, v string) error {
	bytes, err := memtoll(v)
	if err != nil {
		return err
	}
	if bytes < leastClientBuffers {
		return errors.New("argument must be at least 1000000")
	}
	live(n).SetClientBuffers(bytes)
	return nil
}

func setSlower(n *session.Node, v string) error {
	m, err := number(v, -1, math.MaxInt64)
	if err == nil {
		n.SlowLog().SetSlowerThan(m)
	}
	return err
}

func setSlowMax(n *session.Node, v string) error {
	m, err := number(v, 0, math.MaxInt64)
	if err == nil {
		n.SlowLog().SetMax(m)
	}
	return err
}

// logLevels pairs Redis' names of log levels with the node's. Of two names for one level, CONFIG GET shows the later.
var logLevels = [][2]string{
	{"debug", "debug"}, {"verbose", "info"}, {"notice", "info"}, {"warning", "warn"}, {"nothing", "error"},
}

// logLevel is Redis' name of the level.
func logLevel(n *session.Node) string {
	level := live(n).LogLevel()
	for _, l := range slices.Backward(logLevels) {
		if l[1] == level {
			return l[0]
		}
	}
	return level
}

// setLogLevel accepts the names of both, in any letter case.
func setLogLevel(n *session.Node, v string) error {
	for _, l := range logLevels {
		if v = strings.ToLower(v); v != l[0] && v != l[1] {
			continue
		}
		return live(n).SetLogLevel(l[1])
	}
	return errors.New("argument(s) must be one of the following: debug, verbose, notice, warning")
}
