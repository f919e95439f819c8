package session

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/command"
	"github.com/cachegopher/cachegopher/internal/wire"
	"github.com/cachegopher/cachegopher/server/session/reply"
)

var configCommands = []Command{
	{
		Name: "CONFIG", Run: cmdConfig, Arity: -2,
		Flags: "admin noscript loading stale", Group: "server", Shared: true, Since: "2.0.0",
		Syntax:  "GET pattern | SET name value | RESETSTAT",
		Summary: "Reads and changes settings at run time.",
		Differs: []Difference{{Sub: "GET", Compare: command.AnyOrder, What: "So is the order of settings. Only those that mean something here are known; `loglevel` `verbose` is `notice`."}},
		Subcommands: []Subcommand{
			{Usage: "GET <pattern> [<pattern> ...]", Help: "Return settings and their values."},
			{Usage: "RESETSTAT", Help: "Begin the counters of INFO anew."},
			{Usage: "SET <setting> <value> [<setting> <value> ...]", Help: "Change settings until the node is started again."},
		},
	},
}

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
	{"maxmemory-policy", constant("allkeys-lru"), only("allkeys-lru")},
	{"maxclients", func(n *Node) string { return fmt.Sprint(n.maxClients()) }, setMaxClients},
	{"timeout", func(n *Node) string { return fmt.Sprint(int64(n.idleTimeout().Seconds())) }, setTimeout},
	{"tcp-keepalive", func(n *Node) string { return fmt.Sprint(int64(n.keepAlive().Seconds())) }, setKeepAlive},
	{"maxmemory-clients", func(n *Node) string { return fmt.Sprint(n.clientBuffers()) }, setClientBuffers},
	{"slowlog-log-slower-than", func(n *Node) string { return fmt.Sprint(n.slower.Load()) }, setSlower},
	{"slowlog-max-len", func(n *Node) string { return fmt.Sprint(n.slowlog.max.Load()) }, setSlowMax},
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

func (n *Node) keepAlive() time.Duration {
	if n.Settings == nil {
		return 0
	}
	return n.Settings.KeepAlive()
}

func (n *Node) clientBuffers() int64 {
	if n.Settings == nil {
		return 0
	}
	return n.Settings.ClientBuffers()
}

// rejectedConnections counts connections over the cap, where the server tells.
func (n *Node) rejectedConnections() int64 {
	if r, ok := n.Settings.(interface{ RejectedConnections() int64 }); ok {
		return r.RejectedConnections()
	}
	return 0
}

// Closed counts connections that a node closed, by its reasons.
type Closed struct {
	Backlog, ClientBuffers int64 // too much unexecuted input; all buffers together too large
	Idle, Unsent           int64 // silent for too long; replies not taken in time
	Protocol               int64 // broke the protocol or spoke HTTP
	Panics                 int64 // a fault of the node
}

// closed counts the connections that the server closed, where it tells.
func (n *Node) closed() Closed {
	if s, ok := n.Settings.(interface{ Closed() Closed }); ok {
		return s.Closed()
	}
	return Closed{}
}

// readsAndWrites counts system calls on sockets, where the server tells.
func (n *Node) readsAndWrites() (reads, writes int64) {
	if s, ok := n.Settings.(interface{ ReadsAndWrites() (reads, writes int64) }); ok {
		return s.ReadsAndWrites()
	}
	return 0, 0
}

func cmdConfig(c *Call) {
	switch {
	case c.Is(1, "GET") && c.NArg() > 2:
		c.configGet()
	case c.Is(1, "SET") && c.NArg() > 3 && c.NArg()%2 == 1:
		c.Error(reply.SyntaxError)
	case c.Is(1, "SET") && c.NArg() > 3:
		c.configSet()
	case c.Is(1, "RESETSTAT") && c.NArg() == 2:
		c.Node.mu.Lock()
		c.Node.base = c.Node.sum()
		c.Node.mu.Unlock()
		c.OK()
	case c.IsAny(1, "GET", "SET", "RESETSTAT"):
		c.WrongArgs("config|" + lower(string(c.Arg(1))))
	case c.Is(1, "REWRITE") && c.NArg() == 2:
		c.Fail("The server is running without a config file")
	default:
		c.UnknownSub("CONFIG")
	}
}

// configGet answers the settings of which a name is given, under the name as
// given, or which a pattern matches.
func (c *Call) configGet() {
	type found struct{ name, value string }
	var all []found
	for _, s := range settings {
		for i := 2; i < c.NArg(); i++ {
			name := string(c.Arg(i))
			switch pattern := strings.ContainsAny(name, "*?["); {
			case pattern && wire.Match([]byte(lower(name)), []byte(s.name)):
				name = s.name
			case pattern || lower(name) != s.name:
				continue
			}
			all = append(all, found{name, s.get(c.Node)})
			break
		}
	}
	c.Map(len(all))
	for _, f := range all {
		c.Text(f.name)
		c.Text(f.value)
	}
}

// change is a setting and the value that it is to have.
type change struct {
	s     *setting
	value string
}

// configSet makes all changes or none.
func (c *Call) configSet() {
	var changes []change
	for i := 2; i < c.NArg(); i += 2 {
		s := findSetting(lower(string(c.Arg(i))))
		switch {
		case s == nil && meaningless(lower(string(c.Arg(i)))):
			c.configFailed(c.Shown(i), "this option of Redis has no meaning here")
			return
		case s == nil:
			c.Fail("Unknown option or number of arguments for CONFIG SET - '" + c.Shown(i) + "'")
			return
		case s.set == nil:
			c.configFailed(c.Shown(i), "can't set immutable config")
			return
		case slices.ContainsFunc(changes, func(ch change) bool { return ch.s == s }):
			c.configFailed(c.Shown(i), "duplicate parameter")
			return
		}
		changes = append(changes, change{s, string(c.Arg(i + 1))})
	}
	for i, ch := range changes {
		before := ch.s.get(c.Node)
		if err := ch.s.set(c.Node, ch.value); err != nil {
			for _, done := range changes[:i] {
				_ = done.s.set(c.Node, done.value) // it was so before
			}
			c.configFailed(ch.s.name, err.Error())
			return
		}
		changes[i].value = before
	}
	c.OK()
}

func (c *Call) configFailed(name, why string) {
	c.Fail("CONFIG SET failed (possibly related to argument '" + name + "') - " + why)
}

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
		n.slower.Store(m)
	}
	return err
}

func setSlowMax(n *Node, v string) error {
	m, err := number(v, 0, math.MaxInt64)
	if err == nil {
		n.slowlog.resize(m)
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
