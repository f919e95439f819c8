package command

import "strings"

// KeySpec is how a command uses some of its keys, as COMMAND INFO of Redis 7 describes it: those from
// argument Begin on, each Step-th one, up to Last (0: that one alone; -1: the last argument).
type KeySpec struct {
	// Flags begin with RO, RW, OW or RM: reads, changes, overwrites, removes without reading. Then comes
	// what is done with values: access (some of it is returned), insert, update, delete.
	Flags             []string
	Begin, Last, Step int
}

// KeySpecs describe the keys that s takes; nil if it takes none, or only its subcommands do.
func (s Spec) KeySpecs() []KeySpec {
	var all []KeySpec
	uses := strings.Split(keyUses[s.Name], ", ")
	for i, use := range uses {
		if use == "" {
			continue
		}
		spec := KeySpec{Flags: strings.Fields(use), Begin: s.First + i*s.Step, Step: 1}
		if s.Last < 0 {
			spec.Last, spec.Step = s.Last, s.Step
		}
		all = append(all, spec)
	}
	return all
}

// Tips tell a client that speaks to several nodes, as COMMAND INFO of Redis 7 does, where a command belongs,
// what to make of the replies, and whether they may differ from time to time.
func (s Spec) Tips() []string { return strings.Fields(tips[s.Name]) }

// keyUses are the flags of each command's keys; of those with two keys used differently, of one after the
// other.
var keyUses = map[string]string{
	"GET": "RO access", "SET": "RW access update variable_flags", "SETNX": "OW insert", "SETEX": "OW update",
	"PSETEX": "OW update", "GETSET": "RW access update", "GETDEL": "RW access delete", "GETEX": "RW access update",
	"MGET": "RO access", "MSET": "OW update", "MSETNX": "OW insert", "APPEND": "RW insert", "STRLEN": "RO",
	"GETRANGE": "RO access", "SUBSTR": "RO access", "SETRANGE": "RW update", "INCR": "RW access update",
	"DECR": "RW access update", "INCRBY": "RW access update", "DECRBY": "RW access update",
	"INCRBYFLOAT": "RW access update", "DELIFEQ": "RW delete",

	"DEL": "RM delete", "UNLINK": "RM delete", "EXISTS": "RO", "TOUCH": "RO", "TYPE": "RO",
	"RENAME": "RW access delete, OW update", "RENAMENX": "RW access delete, OW insert", "COPY": "RO access, OW update",
	"EXPIRE": "RW update", "PEXPIRE": "RW update", "EXPIREAT": "RW update", "PEXPIREAT": "RW update",
	"EXPIRETIME": "RO access", "PEXPIRETIME": "RO access", "TTL": "RO access", "PTTL": "RO access",
	"PERSIST": "RW update",
}

var tips = map[string]string{
	"MGET":   "request_policy:multi_shard",
	"MSET":   "request_policy:multi_shard response_policy:all_succeeded",
	"MSETNX": "request_policy:multi_shard response_policy:agg_min",
	"DEL":    "request_policy:multi_shard response_policy:agg_sum",
	"UNLINK": "request_policy:multi_shard response_policy:agg_sum",
	"EXISTS": "request_policy:multi_shard response_policy:agg_sum",
	"TOUCH":  "request_policy:multi_shard response_policy:agg_sum",

	"TTL":       "nondeterministic_output",
	"PTTL":      "nondeterministic_output",
	"KEYS":      "request_policy:all_shards nondeterministic_output_order",
	"SCAN":      "nondeterministic_output request_policy:special",
	"RANDOMKEY": "request_policy:all_shards nondeterministic_output",
	"TIME":      "nondeterministic_output",
	"PING":      "request_policy:all_shards response_policy:all_succeeded",
	"DBSIZE":    "request_policy:all_shards response_policy:agg_sum",
	"FLUSHALL":  "request_policy:all_shards response_policy:all_succeeded",
	"FLUSHDB":   "request_policy:all_shards response_policy:all_succeeded",
	"INFO":      "nondeterministic_output request_policy:all_shards response_policy:special",
	"COMMAND":   "nondeterministic_output_order",
	"WAIT":      "request_policy:all_shards response_policy:agg_min",
}
