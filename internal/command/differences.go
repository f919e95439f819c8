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
