package command

import (
	"cmp"
	"strings"
)

// Bound reports whether a command changes the state of its connection, blocks it, or takes it over. Such a command must not
// be sent on a connection that several callers share. name is the command, with its subcommand if the answer depends on it;
// instead names the alternative for users of the Go client.
//
// The arguments begin with the command's name. Letter case does not matter.
func Bound(args []string) (name, instead string, bound bool) {
	if len(args) == 0 {
		return "", "", false
	}
	name = strings.ToUpper(args[0])
	s, _ := Find(name)
	if s.Subs == nil {
		if instead, bound = foreign[name]; !bound {
			instead, bound = s.Instead, s.Instead != ""
		}
		return name, instead, bound
	}
	sub := ""
	if len(args) > 1 {
		sub = strings.ToUpper(args[1])
	}
	full := name + " " + sub
	instead, bound = foreign[full]
	free := sub == "" || bound && instead == ""
	for _, known := range s.Subs {
		if known.Name == sub {
			free, instead = known.Shared, known.Instead
		}
	}
	if free {
		return name, "", false
	}
	return full, cmp.Or(instead, ownConnection), true
}

const (
	ownConnection = "a connection of your own"
	ownSubscriber = "a connection of your own; there is no publish and subscribe here"
	ownBlocking   = "a connection of your own: it blocks every caller that shares this one"
)

// foreign holds commands and subcommands that only other servers have, since the client also works with those. An empty
// text: a shared connection may carry the command. A subcommand listed neither here nor in Subs is bound, so that a new one
// is not let through by mistake.
var foreign = map[string]string{
	"WAITAOF": ownBlocking,

	"CLIENT TRACKING": "WithNearCache", "CLIENT CACHING": "WithNearCache",
	"CLIENT GETREDIR": "", "CLIENT TRACKINGINFO": "", "CLIENT PAUSE": "", "CLIENT UNPAUSE": "", "CLIENT UNBLOCK": "",
	"CLIENT HELP": "",

	"WATCH": "Pipeline, or CompareAndSwap", "UNWATCH": "Pipeline, or CompareAndSwap",

	"SUBSCRIBE": ownSubscriber, "PSUBSCRIBE": ownSubscriber, "SSUBSCRIBE": ownSubscriber,
	"UNSUBSCRIBE": ownSubscriber, "PUNSUBSCRIBE": ownSubscriber, "SUNSUBSCRIBE": ownSubscriber,
	"MONITOR": ownConnection,

	"SYNC": ownConnection, "PSYNC": ownConnection, "REPLCONF": ownConnection,

	"BLPOP": ownBlocking, "BRPOP": ownBlocking, "BLMOVE": ownBlocking, "BRPOPLPUSH": ownBlocking, "BLMPOP": ownBlocking,
	"BZPOPMIN": ownBlocking, "BZPOPMAX": ownBlocking, "BZMPOP": ownBlocking, "XREAD": ownBlocking, "XREADGROUP": ownBlocking,
}
