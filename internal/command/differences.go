package command

// Comparison is how far the replies of a node and of redis-server agree.
type Comparison string

const (
	// AnyOrder replies, with those within them, hold the same elements in any order.
	AnyOrder Comparison = "same elements, any order"
	// SameKind replies are of one kind, or both null, but say something of their own.
	SameKind Comparison = "same kind of reply"
	// OwnFields replies are maps that agree but for the fields in Difference.Fields.
	OwnFields Comparison = "same but for these fields"
)

// Difference is where a node deliberately does not reply what redis-server does.
type Difference struct {
	// Commands that differ, a subcommand behind a bar as in OBJECT|ENCODING.
	Commands []string
	Compare  Comparison
	Fields   []string // of OwnFields
	What     string   // for people
}

// Differences are all deliberate differences from redis-server 7 in what the
// commands of this package reply. docs/protocol.md shows them, and the test that
// compares a node with a redis-server allows no others.
func Differences() []Difference { return differences }

var differences = []Difference{
	{[]string{"KEYS", "SCAN"}, AnyOrder, nil, "The order of keys is the store's own; so are the cursors of a walk, and how many keys a step returns."},
	{[]string{"CONFIG|GET"}, AnyOrder, nil, "So is the order of settings. Only those that mean something here are known; `loglevel` `verbose` is `notice`."},
	{[]string{"RANDOMKEY"}, SameKind, nil, "Picks another key."},
	{[]string{"OBJECT|ENCODING"}, SameKind, nil, "Goes by the value alone, whatever command made it."},
	{[]string{"MEMORY|USAGE"}, SameKind, nil, "What the key takes here."},
	{[]string{"TIME", "CLIENT|ID", "CLIENT|INFO", "CLIENT|LIST", "INFO", "SLOWLOG|GET", "SLOWLOG|LEN", "LATENCY|HISTOGRAM"}, SameKind, nil,
		"Tell about this node and its clients."},
	{[]string{"COMMAND", "COMMAND|COUNT", "COMMAND|LIST", "COMMAND|DOCS"}, SameKind, nil, "Tell about the commands of this table. So does `COMMAND INFO`, without subcommands, each of which Redis describes, and without remarks on keys; of commands that have no subcommands it says what Redis says."},
	{[]string{"HELLO"}, OwnFields, []string{"version", "id"}, "Tells this connection's id, and version 7.2.0."},
}
