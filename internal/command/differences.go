package command

// Comparison says how far the replies of a node and of redis-server agree.
type Comparison string

const (
	// AnyOrder: the replies, and those nested in them, hold the same elements in any order.
	AnyOrder Comparison = "same elements, any order"
	// SameKind: the replies are of the same type, or both null, but their contents differ.
	SameKind Comparison = "same kind of reply"
	// OwnFields: the replies are maps that agree except in the fields Difference.Fields.
	OwnFields Comparison = "same but for these fields"
)

// Difference is a deliberate difference from the replies of redis-server.
type Difference struct {
	// Commands that differ; a subcommand follows a bar, as in OBJECT|ENCODING.
	Commands []string
	Compare  Comparison
	Fields   []string // of OwnFields
	What     string   // for people
}

// Differences are all deliberate differences between the replies of these
// commands and those of redis-server 7. docs/protocol.md shows them, and the test that
// compares a node with a redis-server allows no others.
func Differences() []Difference { return differences }
