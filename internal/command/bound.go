package command

import "strings"

// Bound reports whether a command changes the state of the connection that it is sent on, holds it up, or
// takes it over: then it must not be sent on a connection that several callers share. name is the command,
// with its subcommand where that decides; instead says what a program that uses the Go client does.
//
// The arguments begin with the command's name. Letter case does not matter.
func Bound(args []string) (name, instead string, bound bool) {
	if len(args) == 0 {
		return "", "", false
	}
	name = strings.ToUpper(args[0])
	if free, has := freeSubcommands[name]; has {
		sub := ""
		if len(args) > 1 {
			sub = strings.ToUpper(args[1])
		}
		if sub == "" || strings.Contains(" "+free+" ", " "+sub+" ") {
			return name, "", false
		}
		name += " " + sub
		if instead, bound = boundCommands[name]; !bound {
			instead, bound = ownConnection, true
		}
		return name, instead, bound
	}
	instead, bound = boundCommands[name]
	return name, instead, bound
}

const (
	ownConnection = "a connection of your own"
	ownPipeline   = "Pipeline, or CompareAndSwap"
	ownSubscriber = "a connection of your own; there is no publish and subscribe here"
	ownBlocking   = "a connection of your own: it holds up all who share this one"
)

// freeSubcommands are those that may be sent on a shared connection, of commands of which others may not.
// What is not listed here is bound, so that a subcommand that is new is not let through by mistake.
var freeSubcommands = map[string]string{
	"CLIENT":  "ID INFO LIST KILL GETNAME GETREDIR TRACKINGINFO PAUSE UNPAUSE UNBLOCK HELP",
	"REPLICA": "PAUSE RESUME",
}

// boundCommands have what to use instead. Those that no node knows are here because the client also works
// with servers that know them.
var boundCommands = map[string]string{
	"AUTH":    "WithAuth",
	"HELLO":   "WithAuth and WithName; the client chooses the protocol",
	"SELECT":  "prefixes of keys; there is one database",
	"RESET":   "nothing: the client looks after its connections",
	"QUIT":    "Close",
	"WAIT":    "Client.Wait",
	"WAITAOF": ownBlocking,

	"CLIENT SETNAME":  "WithName",
	"CLIENT SETINFO":  "WithName",
	"CLIENT REPLY":    "Pipeline",
	"CLIENT TRACKING": "WithNearCache",
	"CLIENT CACHING":  "WithNearCache",

	"MULTI": ownPipeline, "EXEC": ownPipeline, "DISCARD": ownPipeline, "WATCH": ownPipeline, "UNWATCH": ownPipeline,

	"SUBSCRIBE": ownSubscriber, "PSUBSCRIBE": ownSubscriber, "SSUBSCRIBE": ownSubscriber,
	"UNSUBSCRIBE": ownSubscriber, "PUNSUBSCRIBE": ownSubscriber, "SUNSUBSCRIBE": ownSubscriber,
	"MONITOR": ownConnection,

	"READONLY": "WithReads", "READWRITE": "WithReads", "ASKING": "nothing: the client knows the groups",
	"SYNC": ownConnection, "PSYNC": ownConnection, "REPLCONF": ownConnection,

	"BLPOP": ownBlocking, "BRPOP": ownBlocking, "BLMOVE": ownBlocking, "BRPOPLPUSH": ownBlocking, "BLMPOP": ownBlocking,
	"BZPOPMIN": ownBlocking, "BZPOPMAX": ownBlocking, "BZMPOP": ownBlocking, "XREAD": ownBlocking, "XREADGROUP": ownBlocking,
}

// shareable are the commands of the table that any connection can carry for anybody. A new command is added
// here or to boundCommands: a test insists on it.
const shareable = `
	GET SET SETNX SETEX PSETEX GETSET GETDEL GETEX MGET MSET MSETNX APPEND STRLEN GETRANGE SUBSTR SETRANGE
	INCR DECR INCRBY DECRBY INCRBYFLOAT DELIFEQ
	DEL UNLINK EXISTS TOUCH TYPE RENAME RENAMENX COPY EXPIRE PEXPIRE EXPIREAT PEXPIREAT EXPIRETIME PEXPIRETIME
	TTL PTTL PERSIST KEYS SCAN RANDOMKEY OBJECT
	PING ECHO ACL DBSIZE FLUSHALL FLUSHDB TIME INFO CONFIG COMMAND MEMORY SLOWLOG LATENCY DEBUG CLUSTER MODULE ROLE`
