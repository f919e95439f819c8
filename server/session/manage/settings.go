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
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/policy"
	"github.com/cachegopher/cachegopher/server/session"
)

// setting is an option that CONFIG GET shows and, unless read is nil, CONFIG SET changes.
type setting struct {
	name string
	get  func(*session.Node) string
	// read checks a value and changes nothing. apply sets it, and fails only for reasons that lie in the node.
	read func(n *session.Node, v string) (apply func() error, err error)
}

// exact are the present values of settings whose get says less: Redis has one name for several of our policies.
var exact = map[string]func(*session.Node) string{
	"maxmemory-policy": func(n *session.Node) string { return n.Store().Policy().String() },
}

// undo is the value that restores the present setting, for read.
func (s *setting) undo(n *session.Node) string {
	if get := exact[s.name]; get != nil {
		return get(n)
	}
	return s.get(n)
}

func constant(v string) func(*session.Node) string { return func(*session.Node) string { return v } }

// settings are the options of Redis with a meaning here, and those that tools request.
var settings = []setting{
	{"maxmemory", func(n *session.Node) string { return fmt.Sprint(n.Store().Stats().MaxMemory) }, readMaxMemory},
	{"maxmemory-policy", func(n *session.Node) string { return n.Store().Policy().Redis() }, readPolicy},
	{"maxclients", func(n *session.Node) string { return fmt.Sprint(live(n).MaxConnections()) },
		ranged(1, math.MaxUint32, func(n *session.Node, m int64) { live(n).SetMaxConnections(int(m)) })},
	{"timeout", func(n *session.Node) string { return fmt.Sprint(int64(live(n).IdleTimeout().Seconds())) },
		ranged(0, math.MaxInt32, func(n *session.Node, s int64) { live(n).SetIdleTimeout(seconds(s)) })},
	{"tcp-keepalive", func(n *session.Node) string { return fmt.Sprint(int64(live(n).KeepAlive().Seconds())) },
		ranged(0, math.MaxInt32, func(n *session.Node, s int64) { live(n).SetKeepAlive(seconds(s)) })},
	{"maxmemory-clients", func(n *session.Node) string { return fmt.Sprint(live(n).ClientBuffers()) }, readClientBuffers},
	{"slowlog-log-slower-than", func(n *session.Node) string { return fmt.Sprint(n.SlowLog().SlowerThan()) },
		ranged(-1, math.MaxInt64, func(n *session.Node, us int64) { n.SlowLog().SetSlowerThan(us) })},
	{"slowlog-max-len", func(n *session.Node) string { return fmt.Sprint(n.SlowLog().Max()) },
		ranged(0, math.MaxInt64, func(n *session.Node, most int64) { n.SlowLog().SetMax(most) })},
	{"loglevel", func(n *session.Node) string { return logLevel(n) }, readLogLevel},
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

// always returns the apply of a setting that cannot fail.
func always(set func()) func() error {
	return func() error {
		set()
		return nil
	}
}

// only returns the read of a setting that has one possible value.
func only(value string) func(*session.Node, string) (func() error, error) {
	return func(_ *session.Node, v string) (func() error, error) {
		if !strings.EqualFold(v, value) {
			return nil, fmt.Errorf("a node has '%s' and nothing else here", value)
		}
		return always(func() {}), nil
	}
}

// readPolicy takes the names of Redis, and those of a config.
func readPolicy(n *session.Node, v string) (apply func() error, err error) {
	p, ok := policy.ParseRedis(v)
	if !ok {
		return nil, errors.New("argument(s) must be one of the following: " + strings.Join(policy.RedisNames(), ", "))
	}
	return func() error { return ofStore(n.Store().SetPolicy(p)) }, nil
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

func readMaxMemory(n *session.Node, v string) (apply func() error, err error) {
	bytes, err := memtoll(v)
	if err != nil {
		return nil, err
	}
	entries := n.Store().Stats().MaxEntries
	if bytes == 0 && entries == 0 {
		return nil, errors.New("0 is no bound, and there is none on the number of entries either")
	}
	if bytes > 0 && bytes < lru.MinMemory {
		return nil, fmt.Errorf("argument must be at least %d", lru.MinMemory)
	}
	return func() error { return ofStore(n.Store().SetLimits(entries, bytes)) }, nil
}

// ofStore words an error of the store so that it fits after the name of the setting.
func ofStore(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, lru.ErrFull):
		return errors.New("more memory is in use, and the policy evicts nothing")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "lru: "))
}

// ranged returns the read of a setting that is a number from least to most.
func ranged(least, most int64, set func(*session.Node, int64)) func(*session.Node, string) (func() error, error) {
	return func(n *session.Node, v string) (apply func() error, err error) {
		m, ok := wire.ParseInt([]byte(v))
		switch {
		case !ok:
			return nil, errors.New("argument couldn't be parsed into an integer")
		case m < least || m > most:
			return nil, fmt.Errorf("argument must be between %d and %d inclusive", least, most)
		}
		return always(func() { set(n, m) }), nil
	}
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// leastClientBuffers is the least client_buffers, in bytes, as in a config.
const leastClientBuffers = 1_000_000

func readClientBuffers(n *session.Node, v string) (apply func() error, err error) {
	bytes, err := memtoll(v)
	if err != nil {
		return nil, err
	}
	if bytes < leastClientBuffers {
		return nil, fmt.Errorf("argument must be at least %d", leastClientBuffers)
	}
	return always(func() { live(n).SetClientBuffers(bytes) }), nil
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

// readLogLevel accepts the names of both, in any letter case.
func readLogLevel(n *session.Node, v string) (apply func() error, err error) {
	for _, l := range logLevels {
		if v = strings.ToLower(v); v != l[0] && v != l[1] {
			continue
		}
		return func() error { return live(n).SetLogLevel(l[1]) }, nil
	}
	return nil, errors.New("argument(s) must be one of the following: debug, verbose, notice, warning")
}
