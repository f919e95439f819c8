package manage

import "github.com/cachegopher/cachegopher/server/session"

var clusterCommands = []session.Command{
	{
		Name: "CLUSTER", Run: cmdCluster, Arity: -2,
		Group: "cluster", Shared: true, Since: "3.0.0",
		Summary: "Answers that there is no cluster support.",
	},
	{
		Name: "READONLY", Run: withoutCluster, Arity: 1,
		Flags: "loading stale fast", Group: "cluster", Since: "3.0.0",
		Summary: "Answers that there is no cluster support.",
		Instead: "WithReads",
	},
	{
		Name: "READWRITE", Run: withoutCluster, Arity: 1,
		Flags: "loading stale fast", Group: "cluster", Since: "3.0.0",
		Summary: "Answers that there is no cluster support.",
		Instead: "WithReads",
	},
	{
		Name: "ASKING", Run: withoutCluster, Arity: 1,
		Flags: "fast", Group: "cluster", Since: "3.0.0",
		Summary: "Answers that there is no cluster support.",
		Instead: "nothing: the client routes keys to groups",
	},
}

func withoutCluster(c *session.Call) { c.Fail("This instance has cluster support disabled") }

// clusterArity has the arity of each subcommand of CLUSTER; see command.Spec.
var clusterArity = map[string]int{
	"ADDSLOTS": -3, "ADDSLOTSRANGE": -4, "BUMPEPOCH": 2, "COUNT-FAILURE-REPORTS": 3, "COUNTKEYSINSLOT": 3, "DELSLOTS": -3,
	"DELSLOTSRANGE": -4, "FAILOVER": -2, "FLUSHSLOTS": 2, "FORGET": 3, "GETKEYSINSLOT": 4, "HELP": 2, "INFO": 2, "KEYSLOT": 3,
	"LINKS": 2, "MEET": -4, "MYID": 2, "NODES": 2, "REPLICAS": 3, "REPLICATE": 3, "RESET": -2, "SAVECONFIG": 2,
	"SET-CONFIG-EPOCH": 3, "SETSLOT": -4, "SHARDS": 2, "SLAVES": 3, "SLOTS": 2,
}

// cmdCluster answers like a redis-server without cluster support.
func cmdCluster(c *session.Call) {
	for sub, arity := range clusterArity {
		switch {
		case !c.Is(1, sub):
		case c.NArg() == arity || arity < 0 && c.NArg() >= -arity:
			withoutCluster(c)
			return
		default:
			c.WrongSubArgs()
			return
		}
	}
	c.UnknownSub("CLUSTER")
}
