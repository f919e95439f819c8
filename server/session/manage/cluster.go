package manage

import "github.com/cachegopher/cachegopher/server/session"

var clusterCommands = []session.Command{
	{
		Name: "CLUSTER", Run: cmdCluster, Arity: -2,
		Spares: session.NeedsData,
		Group:  "cluster", Shared: true, Since: "3.0.0",
		Syntax:  "SHARDS | SLOTS | NODES | INFO | MYID | MYSHARDID | KEYSLOT key | COUNTKEYSINSLOT slot | GETKEYSINSLOT slot count | REPLICAS node-id | LINKS | COUNT-FAILURE-REPORTS node-id",
		Summary: "Describes the groups as a Redis Cluster.",
		Timed:   true,
		Subcommands: []session.Subcommand{
			{Usage: "COUNT-FAILURE-REPORTS <node-id>", Help: "Return 0: nodes do not report each other's failure."},
			{Usage: "COUNTKEYSINSLOT <slot>", Help: "Return the number of this node's keys in a slot. It looks at every key."},
			{Usage: "GETKEYSINSLOT <slot> <count>", Help: "Return up to so many of this node's keys in a slot. It looks at every key."},
			{Usage: "INFO", Help: "Return a summary."},
			{Usage: "KEYSLOT <key>", Help: "Return the slot of a key."},
			{Usage: "LINKS", Help: "Return no links: there is no cluster bus."},
			{Usage: "MYID", Help: "Return the identity of this node."},
			{Usage: "MYSHARDID", Help: "Return the identity of this node's group."},
			{Usage: "NODES", Help: "Return the servers, a line for each."},
			{Usage: "REPLICAS <node-id>", Help: "Return the secondaries of a primary."},
			{Usage: "SHARDS", Help: "Return the groups with their slots and members."},
			{Usage: "SLOTS", Help: "Return the ranges of slots, each with the members that hold it."},
		},
	},
	{
		Name: "READONLY", Run: cmdReadOnly, Arity: 1,
		Flags: "loading stale fast", Group: "cluster", Since: "3.0.0",
		Summary: "Lets a secondary execute the reads of this connection.",
		Instead: "WithReads",
	},
	{
		Name: "READWRITE", Run: cmdReadWrite, Arity: 1,
		Flags: "loading stale fast", Group: "cluster", Since: "3.0.0",
		Summary: "Has a secondary redirect the reads of this connection, which is the default.",
		Instead: "WithReads",
	},
	{
		Name: "ASKING", Run: cmdAsking, Arity: 1,
		Flags: "fast", Group: "cluster", Since: "3.0.0",
		Summary: "Does nothing: no slot is being imported.",
		Instead: "nothing: the client routes keys to groups",
	},
}

// clusterSub is a subcommand of CLUSTER; why says why there is none, if run is nil.
type clusterSub struct {
	arity int // see command.Spec
	run   func(*session.Call, *session.Cluster)
	why   string
}

const (
	fixedServers = "the config, or etcd, says which servers there are and what group each belongs to"
	fixedSlots   = "slots are owned as the groups and their weights demand"
	fixedState   = "a node keeps no cluster state of its own"
)

var clusterSubs = map[string]clusterSub{
	"COUNT-FAILURE-REPORTS": {3, clusterFailureReports, ""},
	"COUNTKEYSINSLOT":       {3, clusterCountKeys, ""},
	"GETKEYSINSLOT":         {4, clusterGetKeys, ""},
	"HELP":                  {2, func(c *session.Call, _ *session.Cluster) { c.UnknownSub("CLUSTER") }, ""},
	"INFO":                  {2, clusterInfo, ""},
	"KEYSLOT":               {3, clusterKeySlot, ""},
	"LINKS":                 {2, func(c *session.Call, _ *session.Cluster) { c.Array(0) }, ""},
	"MYID":                  {2, clusterMyID, ""},
	"MYSHARDID":             {2, clusterMyShardID, ""},
	"NODES":                 {2, clusterNodes, ""},
	"REPLICAS":              {3, clusterReplicas, ""},
	"SHARDS":                {2, clusterShards, ""},
	"SLAVES":                {3, clusterReplicas, ""},
	"SLOTS":                 {2, clusterSlots, ""},

	"ADDSLOTS":         {-3, nil, fixedSlots},
	"ADDSLOTSRANGE":    {-4, nil, fixedSlots},
	"BUMPEPOCH":        {2, nil, fixedState},
	"DELSLOTS":         {-3, nil, fixedSlots},
	"DELSLOTSRANGE":    {-4, nil, fixedSlots},
	"FAILOVER":         {-2, nil, "PROMOTE makes a secondary the primary"},
	"FLUSHSLOTS":       {2, nil, fixedSlots},
	"FORGET":           {3, nil, fixedServers},
	"MEET":             {-4, nil, fixedServers},
	"REPLICATE":        {3, nil, fixedServers},
	"RESET":            {-2, nil, fixedState},
	"SAVECONFIG":       {2, nil, fixedState},
	"SET-CONFIG-EPOCH": {3, nil, fixedState},
	"SETSLOT":          {-4, nil, fixedSlots},
}

func cmdCluster(c *session.Call) {
	for name, sub := range clusterSubs {
		if !c.Is(1, name) {
			continue
		}
		switch of := c.Node.Cluster(); {
		case c.NArg() != sub.arity && (sub.arity > 0 || c.NArg() < -sub.arity):
			c.WrongSubArgs()
		case of == nil:
			withoutCluster(c)
		case sub.run == nil:
			c.Fail("CLUSTER " + name + " is not for this cluster: " + sub.why)
		default:
			sub.run(c, of)
		}
		return
	}
	c.UnknownSub("CLUSTER")
}

func withoutCluster(c *session.Call) { c.Fail("This instance has cluster support disabled") }

func cmdReadOnly(c *session.Call)  { readAnywhere(c, true) }
func cmdReadWrite(c *session.Call) { readAnywhere(c, false) }

func readAnywhere(c *session.Call, on bool) {
	if c.Node.Cluster() == nil {
		withoutCluster(c)
		return
	}
	c.Session.ReadAnywhere(on)
	c.OK()
}

func cmdAsking(c *session.Call) {
	if c.Node.Cluster() == nil {
		withoutCluster(c)
		return
	}
	c.OK()
}
