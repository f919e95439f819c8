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
	// Commands are those whose replies differ; a subcommand follows a bar, as in OBJECT|ENCODING.
	Commands []string
	Compare  Comparison
	Fields   []string // for OwnFields: the fields that may differ
	What     string   // the reason, for docs/protocol.md
}

// Differences are all deliberate differences from the replies of redis-server 7. docs/protocol.md lists them, and the test
// that compares a node with a redis-server allows no others.
func Differences() []Difference { return differences }
