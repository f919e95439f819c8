package session_test

import (
	"strconv"
	"strings"
)

// generators make the arguments of each command that both servers have. Commands
// without a generator have tests of their own: their replies describe the process,
// or not every redis-server 7 has them.
var generators = map[string]func(g *generator) []string{
	"GET":         oneKey,
	"SET":         func(g *generator) []string { return append([]string{g.key(), g.value()}, g.setOptions()...) },
	"SETNX":       keyValue,
	"SETEX":       func(g *generator) []string { return []string{g.key(), g.relative(1000), g.value()} },
	"PSETEX":      func(g *generator) []string { return []string{g.key(), g.relative(1), g.value()} },
	"GETSET":      keyValue,
	"GETDEL":      oneKey,
	"GETEX":       func(g *generator) []string { return append([]string{g.key()}, g.getExOptions()...) },
	"MGET":        SomeKeys,
	"MSET":        pairs,
	"MSETNX":      pairs,
	"APPEND":      keyValue,
	"STRLEN":      oneKey,
	"GETRANGE":    keyRange,
	"SUBSTR":      keyRange,
	"SETRANGE":    func(g *generator) []string { return []string{g.key(), g.offset(), g.value()} },
	"INCR":        oneKey,
	"DECR":        oneKey,
	"INCRBY":      func(g *generator) []string { return []string{g.key(), g.integer()} },
	"DECRBY":      func(g *generator) []string { return []string{g.key(), g.integer()} },
	"INCRBYFLOAT": func(g *generator) []string { return []string{g.key(), g.float()} },

	"DEL":         func(g *generator) []string { return g.some(2, g.key) },
	"UNLINK":      func(g *generator) []string { return g.some(3, g.key) },
	"EXISTS":      SomeKeys,
	"TOUCH":       SomeKeys,
	"TYPE":        oneKey,
	"RENAME":      twoKeys,
	"RENAMENX":    twoKeys,
	"COPY":        func(g *generator) []string { return append(twoKeys(g), g.copyOptions()...) },
	"EXPIRE":      func(g *generator) []string { return g.expire(g.relative(1000)) },
	"PEXPIRE":     func(g *generator) []string { return g.expire(g.relative(1)) },
	"EXPIREAT":    func(g *generator) []string { return g.expire(g.absolute(1000)) },
	"PEXPIREAT":   func(g *generator) []string { return g.expire(g.absolute(1)) },
	"EXPIRETIME":  oneKey,
	"PEXPIRETIME": oneKey,
	"TTL":         oneKey,
	"PTTL":        oneKey,
	"PERSIST":     oneKey,
	"KEYS":        func(g *generator) []string { return []string{g.pattern()} },
	"SCAN":        func(g *generator) []string { return g.scan() },
	"RANDOMKEY":   nothing,
	"OBJECT": func(g *generator) []string {
		return []string{g.anyCase(g.pick("ENCODING", "IDLETIME", "REFCOUNT", "FREQ")), g.key()}
	},

	"PING":   func(g *generator) []string { return g.upTo(1, g.value) },
	"ECHO":   func(g *generator) []string { return []string{g.value()} },
	"SELECT": func(g *generator) []string { return []string{g.pick("0", "0", "0", "1", "-1", "x", "", "00")} },
	"HELLO":  hello,
	"AUTH":   func(g *generator) []string { return g.some(2, func() string { return g.pick("default", "x", "") }) },
	"RESET":  nothing,
	"CLIENT": client,

	"DBSIZE":   nothing,
	"FLUSHALL": flush,
	"FLUSHDB":  flush,
	"TIME":     nothing,
	"INFO": func(g *generator) []string {
		return g.upTo(2, func() string { return g.pick("server", "ALL", "nosuch", "") })
	},
	"CONFIG":  configure,
	"COMMAND": commands,
	"MEMORY": func(g *generator) []string {
		return append([]string{g.anyCase("USAGE"), g.key()}, g.rarely("SAMPLES", g.pick("0", "5", "-1", "x"))...)
	},
	"SLOWLOG": func(g *generator) []string {
		if g.chance(50) {
			return append([]string{"GET"}, g.rarely(g.pick("0", "5", "-1", "-2", "x", "9223372036854775807"))...)
		}
		return []string{g.pick("LEN", "RESET", "len")}
	},
	"LATENCY": func(g *generator) []string {
		return append([]string{"HISTOGRAM"}, g.some(2, func() string { return g.pick("get", "nosuch", "set") })...)
	},
	"DEBUG": func(*generator) []string { return []string{"SLEEP", "0"} },
	"CLUSTER": func(g *generator) []string {
		return []string{g.pick("INFO", "SLOTS", "NODES", "HELP", "help", "BOGUS", "KEYSLOT", "MYID")}
	},
	"READONLY":  nothing,
	"READWRITE": nothing,
	"ASKING":    nothing,
	"MODULE":    func(*generator) []string { return []string{"LIST"} },
}

func nothing(*generator) []string    { return nil }
func oneKey(g *generator) []string   { return []string{g.key()} }
func twoKeys(g *generator) []string  { return []string{g.key(), g.key()} }
func keyValue(g *generator) []string { return []string{g.key(), g.value()} }
func SomeKeys(g *generator) []string { return g.some(g.many(), g.key) }
func keyRange(g *generator) []string { return []string{g.key(), g.integer(), g.integer()} }
func (g *generator) upTo(most int, one func() string) []string {
	return g.some(most+1, one)[1:]
}

// flush seldom succeeds, so that most commands find their keys.
func flush(g *generator) []string {
	if g.chance(90) {
		return []string{"NOW"}
	}
	return g.rarely(g.anyCase(g.pick("ASYNC", "SYNC")))
}

// many is a count that seldom exceeds a batch.
func (g *generator) many() int {
	if g.chance(2) {
		return 300
	}
	return 5
}

func pairs(g *generator) (all []string) {
	for _, k := range SomeKeys(g) {
		all = append(all, k, g.value())
	}
	return all
}

// rarely returns the words in few cases, else none.
func (g *generator) rarely(words ...string) []string {
	if g.chance(70) {
		return nil
	}
	return words
}

func (g *generator) expiry() []string {
	switch g.r.IntN(4) {
	case 0:
		return []string{g.anyCase("EX"), g.relative(1000)}
	case 1:
		return []string{g.anyCase("PX"), g.relative(1)}
	case 2:
		return []string{g.anyCase("EXAT"), g.absolute(1000)}
	}
	return []string{g.anyCase("PXAT"), g.absolute(1)}
}

// options joins up to four results of the functions, in any order; some are
// repeated or contradict each other.
func (g *generator) options(of ...func() []string) (all []string) {
	for range g.r.IntN(5) {
		if all = append(all, of[g.r.IntN(len(of))]()...); g.chance(40) {
			break
		}
	}
	return all
}

func (g *generator) word(of ...string) func() []string {
	return func() []string { return []string{g.anyCase(g.pick(of...))} }
}

func (g *generator) setOptions() []string {
	return g.options(g.expiry, g.word("NX", "XX"), g.word("GET", "KEEPTTL"), g.expiry, g.word("GET", "NX", "PERSIST"))
}

func (g *generator) getExOptions() []string {
	return g.options(g.expiry, g.expiry, g.word("PERSIST", "PERSIST", "KEEPTTL", "NX"))
}

func (g *generator) copyOptions() []string {
	return g.options(g.word("REPLACE"), func() []string { return []string{g.anyCase("DB"), g.pick("0", "0", "1", "x", "-1")} })
}

func (g *generator) expire(at string) []string {
	return append([]string{g.key(), at}, g.options(g.word("NX"), g.word("XX"), g.word("GT"), g.word("LT"))...)
}

func (g *generator) offset() string {
	if g.chance(80) {
		return strconv.Itoa(g.r.IntN(3000))
	}
	return g.pick("-1", "0", "536870912", "9223372036854775807", "x", "")
}

func (g *generator) pattern() string {
	return g.pick("*", "k*", "k?", "k[1-5]", "k[^1-5]*", "k1*", `k\*`, "*e*", "nosuch", "", "[", "k[9-1]", `\`, "*\r*", "k[1", "**1", "[a-]*", "?", g.key())
}

// scan makes a SCAN that ends in one step, since there are fewer keys than its
// count, or a wrong one.
func (g *generator) scan() []string {
	cursor := g.pick("0", "0", "0", "0", "x", "", " 0", "0 ", "99999999999999999999", "00", "+0", "0x", "0\x00x")
	all := []string{cursor, "COUNT", "5000"}
	return append(all, g.options(
		func() []string { return []string{g.anyCase("MATCH"), g.pattern()} },
		func() []string { return []string{g.anyCase("TYPE"), g.pick("string", "STRING", "list", "nosuch")} },
		func() []string { return []string{g.anyCase("COUNT"), g.pick("5000", "6000", "0", "-1", "x")} })...)
}

func hello(g *generator) []string {
	all := []string{g.pick("2", "3", "2", "3", "3", "1", "4", "x", "", "-1")}
	return append(all, g.options(
		func() []string { return []string{g.anyCase("SETNAME"), g.name()} },
		func() []string { return []string{g.anyCase("AUTH"), g.pick("default", "x"), "p"} },
		g.word("NOSUCH", "AUTH", "SETNAME"))...)
}

func (g *generator) name() string {
	return g.pick("", "app", "a b", "worker-1", "x\ny", "ü", "\x7f", "~!")
}

func client(g *generator) []string {
	switch g.r.IntN(10) {
	case 0, 1:
		return []string{"GETNAME"}
	case 2, 3:
		return []string{g.anyCase("SETNAME"), g.name()}
	case 4:
		return []string{g.pick("ID", "INFO", "LIST")}
	case 5:
		return []string{"LIST", g.pick("TYPE", "ID", "x"), g.pick("normal", "pubsub", "MASTER", "replica", "nosuch", "1", "x", "0", "999999999")}
	case 6:
		return []string{"NO-EVICT", g.anyCase(g.pick("on", "off", "x", ""))}
	case 7:
		return append([]string{"KILL"}, g.options(
			func() []string { return []string{"ID", g.pick("0", "-1", "x", "999999999")} },
			func() []string { return []string{"ADDR", "1.2.3.4:5"} },
			func() []string { return []string{"TYPE", g.pick("pubsub", "nosuch", "a\nb")} },
			func() []string { return []string{"SKIPME", g.pick("yes", "x")} },
			func() []string { return []string{"USER", g.pick("nosuch", "other")} },
			g.word("1.2.3.4:5", "nosuch"))...)
	case 8:
		return []string{"REPLY", g.pick("ON", "x", "on")}
	}
	return []string{g.pick("nosuch", "a\r\nb", "", "NoSuch2")}
}

// sizes are counts that cover all keys, or invalid.
var sizes = []string{"268435456", "256mb", "300MB", "300m", "262144k", "1g", "1gb", "nosuch", "1tb", "-1", "x", "1.5", "+300000000", "abc"}

func configure(g *generator) []string {
	name := g.pick("timeout", "slowlog-max-len", "slowlog-log-slower-than", "loglevel", "maxmemory", "maxclients")
	value := map[string]func() string{
		"timeout":                 func() string { return g.pick("0", "1000", "86400", "2147483647", "2147483648") },
		"slowlog-max-len":         func() string { return g.pick("0", "128", "1000", "-5") },
		"slowlog-log-slower-than": func() string { return g.pick("10000", "0", "-1", "1000000", "9223372036854775807", "-2") },
		"loglevel":                func() string { return g.pick("debug", "notice", "warning", "NOTICE", "nosuch") },
		"maxmemory": func() string {
			return g.pick(sizes...)
		},
		"maxclients": func() string { return g.pick("100", "200", "0", "-1") },
	}[name]
	switch g.r.IntN(8) {
	case 0, 1, 2:
		return append([]string{"GET", name}, g.rarely(g.pick("timeout", "nosuch", "save", "*only"))...)
	case 3, 4, 5:
		v := value()
		if g.chance(10) {
			v = g.pick("x", "1.5", "abc")
		}
		return append([]string{"SET", g.anyCase(name), v}, g.rarely(g.pick("nosuch", "appendonly2", "timeout"), "2000")...)
	case 6:
		return []string{"GET", g.pick("maxmemory-policy", "save", "appendonly", "databases", "slave-read-only", "replica-read-only", "proto-max-bulk-len", "nosuch", "APPENDONLY")}
	}
	return []string{g.pick("RESETSTAT", "nosuch", "a\nb")}
}

func commands(g *generator) []string {
	switch g.r.IntN(6) {
	case 0:
		return []string{g.pick("COUNT", "LIST", "DOCS")}
	case 1:
		return []string{"INFO", "nosuch"}
	case 2:
		return []string{"DOCS", "nosuch"}
	}
	all := []string{"GETKEYS", g.names[g.r.IntN(len(g.names))]}
	if strings.Contains(" CLIENT CONFIG LATENCY SLOWLOG CLUSTER MODULE DEBUG OBJECT MEMORY COMMAND ", " "+all[1]+" ") {
		all[1] = g.pick("GET", "nosuch") // a node does not know the keys of commands with subcommands
	}
	if of := g.of[all[1]]; of != nil {
		all = append(all, of(g)...)
	}
	return all
}
