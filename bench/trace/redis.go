package trace

import (
	"bytes"
	"time"
)

// redis says how a command of Redis is replayed.
type redis struct {
	op     Op
	change string // what is said about it, if it is not replayed as it was
	keys   keysOf
	value  int           // the argument that is stored, from 1; 0: none
	ttl    int           // the argument with the time to live, from 1; 0: none
	unit   time.Duration // of ttl
	moment bool          // ttl is a time of day
}

// keysOf says which arguments are keys.
type keysOf uint8

const (
	first keysOf = iota // the first
	all                 // all
	pairs               // each followed by its value
)

// redisCommands are the commands that are replayed. Those of other types than strings are left out.
var redisCommands = map[string]redis{
	"get":         {op: Get},
	"mget":        {op: Get, keys: all, change: "mget replayed as a get of each key"},
	"getex":       {op: Get, change: "getex replayed as get"},
	"getdel":      {op: Delete, change: "getdel replayed as delete"},
	"getrange":    {op: Get, change: "getrange replayed as get"},
	"substr":      {op: Get, change: "substr replayed as get"},
	"strlen":      {op: Get, change: "strlen replayed as get"},
	"exists":      {op: Get, keys: all, change: "exists replayed as get"},
	"set":         {op: Set, value: 2},
	"getset":      {op: Set, value: 2, change: "getset replayed as set"},
	"setnx":       {op: Set, value: 2, change: "setnx replayed as set"},
	"setex":       {op: Set, value: 3, ttl: 2, unit: time.Second},
	"psetex":      {op: Set, value: 3, ttl: 2, unit: time.Millisecond},
	"append":      {op: Set, value: 2, change: "append replayed as set"},
	"setrange":    {op: Set, value: 3, change: "setrange replayed as set"},
	"mset":        {op: Set, keys: pairs, change: "mset replayed as a set of each key"},
	"msetnx":      {op: Set, keys: pairs, change: "msetnx replayed as a set of each key"},
	"del":         {op: Delete, keys: all},
	"unlink":      {op: Delete, keys: all},
	"incr":        {op: Incr},
	"decr":        {op: Incr, change: "decr replayed as incr"},
	"incrby":      {op: Incr, change: "incrby replayed as incr"},
	"decrby":      {op: Incr, change: "decrby replayed as incr"},
	"incrbyfloat": {op: Incr, change: "incrbyfloat replayed as incr"},
	"expire":      {op: Touch, ttl: 2, unit: time.Second},
	"pexpire":     {op: Touch, ttl: 2, unit: time.Millisecond},
	"expireat":    {op: Touch, ttl: 2, unit: time.Second, moment: true},
	"pexpireat":   {op: Touch, ttl: 2, unit: time.Millisecond, moment: true},
}

// command queues the requests of a command, or counts that it is left out.
func (s *monitor) command(args [][]byte) {
	c, ok := redisCommands[string(s.name)]
	need := max(1, c.value, c.ttl)
	if !ok || len(args) < need {
		s.r.changed(string(s.name) + " left out")
		return
	}
	if c.change != "" {
		s.r.changed(c.change)
	}
	switch c.keys {
	case all:
		for _, k := range args {
			s.add(c.op, k, -1, 0)
		}
		return
	case pairs:
		for i := 0; i+1 < len(args); i += 2 {
			s.add(c.op, args[i], len(args[i+1]), 0)
		}
		return
	}
	size, ttl := -1, time.Duration(0)
	if c.value > 0 {
		size = len(args[c.value-1])
	}
	if c.ttl > 0 {
		ttl = s.ttl(args[c.ttl-1], c.unit, c.moment)
		if ttl <= 0 {
			s.r.changed(string(s.name) + " of a time that is over left out")
			return
		}
	}
	if string(s.name) == "set" {
		ttl = s.options(args[2:])
	}
	s.add(c.op, args[0], size, ttl)
}

// options reads what follows the value of SET, and returns the time to live.
func (s *monitor) options(args [][]byte) (ttl time.Duration) {
	for i := 0; i < len(args); i++ {
		unit, moment := time.Second, false
		switch string(bytes.ToLower(args[i])) {
		case "ex":
		case "px":
			unit = time.Millisecond
		case "exat":
			moment = true
		case "pxat":
			unit, moment = time.Millisecond, true
		default: // NX, XX, GET, KEEPTTL
			s.r.changed("options of set left out")
			continue
		}
		if i++; i < len(args) {
			ttl = max(0, s.ttl(args[i], unit, moment))
		}
	}
	return ttl
}

// ttl reads a time to live, or how long it is until a time of day; 0 or less if it is none.
func (s *monitor) ttl(text []byte, unit time.Duration, moment bool) time.Duration {
	n, ok := number(text)
	const most = 1 << 62
	if !ok {
		return 0
	}
	d := time.Duration(min(n, uint64(most/unit))) * unit
	if moment {
		d -= s.unix
	}
	const century = 100 * 365 * 24 * time.Hour
	return min(d, century)
}
