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

// exact is for settings of which get says less than read takes, as Redis has one name for several of our policies.
var exact = map[string]func(*session.Node) string{
	"maxmemory-policy": func(n *session.Node) string { return n.Store().Policy().String() },
}

// undo is what read takes to bring back what is set now.
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
	{"maxclients", func(n *session.Node) string { return fmt.Sprint(live(n).MaxConnections()) }, readMaxClients},
	{"timeout", func(n *session.Node) string { return fmt.Sprint(int64(live(n).IdleTimeout().Seconds())) }, readTimeout},
	{"tcp-keepalive", func(n *session.Node) string { return fmt.Sprint(int64(live(n).KeepAlive().Seconds())) }, readKeepAlive},
	{"maxmemory-clients", func(n *session.Node) string { return fmt.Sprint(live(n).ClientBuffers()) }, readClientBuffers},
	{"slowlog-log-slower-than", func(n *session.Node) string { return fmt.Sprint(n.SlowLog().SlowerThan()) }, readSlower},
	{"slowlog-max-len", func(n *session.Node) string { return fmt.Sprint(n.SlowLog().Max()) }, readSlowMax},
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

// always applies a value by what cannot fail.
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

// ofStore says an error of the store in words that suit behind the name of the setting.
func ofStore(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, lru.ErrFull):
		return errors.New("more memory is in use, and the policy evicts nothing")
	}
	return errors.New(strings.TrimPrefix(err.Error(), "lru: "))
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

func readMaxClients(n *session.Node, v string) (apply func() error, err error) {
	m, err := number(v, 1, math.MaxUint32)
	if err != nil {
		return nil, err
	}
	return always(func() { live(n).SetMaxConnections(int(m)) }), nil
}

func readTimeout(n *session.Node, v string) (apply func() error, err error) {
	m, err := number(v, 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	return always(func() { live(n).SetIdleTimeout(time.Duration(m) * time.Second) }), nil
}

// readKeepAlive reads the keep-alive of new connections, in seconds; 0: no probes.
func readKeepAlive(n *session.Node, v string) (apply func() error, err error) {
	m, err := number(v, 0, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	return always(func() { live(n).SetKeepAlive(time.Duration(m) * time.Second) }), nil
}

// leastClientBuffers is the least client_buffers, in bytes, in a config too.
const leastClientBuffers = 1e6

func readClientBuffers(n *session.Node, v string) (apply func() error, err error) {
	bytes, err := memtoll(v)
	if err != nil {
		return nil, err
	}
	if bytes < leastClientBuffers {
		return nil, errors.New("argument must be at least 1000000")
	}
	return always(func() { live(n).SetClientBuffers(bytes) }), nil
}

func readSlower(n *session.Node, v string) (apply func() error, err error) {
	m, err := number(v, -1, math.MaxInt64)
	return always(func() { n.SlowLog().SetSlowerThan(m) }), err
}

func readSlowMax(n *session.Node, v string) (apply func() error, err error) {
	m, err := number(v, 0, math.MaxInt64)
	return always(func() { n.SlowLog().SetMax(m) }), err
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
