package session

import "github.com/cachegopher/cachegopher/internal/wire"

// subcommands are those of each command that has any, and what they do.
var subcommands = map[string][][2]string{
	"ACL": {{"WHOAMI", "Return the name of the user of this connection."}},
	"CLIENT": {
		{"GETNAME", "Return the name of this connection."},
		{"ID", "Return the number of this connection."},
		{"INFO", "Return what is known of this connection."},
		{"KILL <option> [<value> ...]", "Close the connections that the options choose: ID, ADDR, LADDR, TYPE, USER, SKIPME; or of one address."},
		{"LIST [<option> [<value> ...]]", "Return a line for each connection, or for those that TYPE or ID choose."},
		{"NO-EVICT (ON|OFF)", "Accepted, without effect: connections are closed for want of memory by other rules."},
		{"NO-TOUCH (ON|OFF)", "Accepted, without effect."},
		{"REPLY (ON|OFF|SKIP)", "Choose whether replies are sent."},
		{"SETINFO <option> <value>", "Set LIB-NAME or LIB-VER, which LIST shows."},
		{"SETNAME <name>", "Set the name of this connection."},
	},
	"COMMAND": {
		{"(no subcommand)", "Return what is known of every command."},
		{"COUNT", "Return the number of commands."},
		{"DOCS [<command-name> ...]", "Return the documentation of commands."},
		{"GETKEYS <full-command>", "Return the keys of a full command."},
		{"INFO [<command-name> ...]", "Return what is known of commands."},
		{"LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]", "Return the names of commands."},
	},
	"CONFIG": {
		{"GET <pattern> [<pattern> ...]", "Return settings and their values."},
		{"RESETSTAT", "Begin the counters of INFO anew."},
		{"SET <setting> <value> [<setting> <value> ...]", "Change settings until the node is started again."},
	},
	"DEBUG": {{"SLEEP <seconds>", "Stop the event loop of this connection for that long."}},
	"LATENCY": {
		{"HISTOGRAM [<command-name> ...]", "Return how long a sample of commands took."},
		{"HISTORY <event>", "Return nothing: events are not kept."},
		{"LATEST", "Return nothing: events are not kept."},
		{"RESET [<event> ...]", "Return 0: events are not kept."},
	},
	"MEMORY": {{"USAGE <key> [SAMPLES <count>]", "Return the bytes that a key takes of the budget."}},
	"MODULE": {{"LIST", "Return no modules: there are none."}},
	"OBJECT": {
		{"ENCODING <key>", "Return the encoding that Redis would choose for the value."},
		{"FREQ <key>", "Return an error: how often keys are used is not kept."},
		{"IDLETIME <key>", "Return the seconds since the key was used, about."},
		{"REFCOUNT <key>", "Return 1."},
	},
	"REPLICA": {
		{"PAUSE [<server-id>]", "Stop the replication to one secondary or all."},
		{"RESUME [<server-id>]", "Go on with it."},
		{"SERVE", "Serve without the members that a recovering primary waits for: what they hold is given up."},
	},
	"SLOWLOG": {
		{"GET [<count>]", "Return the last slow commands: 10 unless told, all for -1."},
		{"LEN", "Return how many there are."},
		{"RESET", "Forget them."},
	},
}

// help answers HELP of a command, if that is what is asked.
func (c *call) help(of string) bool {
	if c.line || len(c.args) != 2 || !c.is(1, "HELP") {
		return false
	}
	all := subcommands[of]
	c.out = wire.Array(c.out, 2*len(all)+3)
	c.out = wire.Simple(c.out, of+" <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, s := range all {
		c.out = wire.Simple(c.out, s[0])
		c.out = wire.Simple(c.out, "    "+s[1])
	}
	c.out = wire.Simple(c.out, "HELP")
	c.out = wire.Simple(c.out, "    Print this help.")
	return true
}
