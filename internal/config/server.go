package config

// maxWeight is the largest weight that package ring accepts.
const maxWeight = 1 << 20

// Node is one server with its effective values.
type Node struct {
	ID          string
	Group       string   // places its keys; unless given, set by EnsureDefaults to that of its primary, and a primary's to its id
	Role        string   // Primary or Secondary
	Addresses   []string // host:port or unix:///path, at least one; see SplitAddress
	TLSAddress  string   // host:port of the listener with TLS; empty: none
	Primary     string   // of a secondary: the id of its primary
	Secondaries []string // of a primary: the ids of its secondaries
	Weight      int64    // of a primary: its group's share of the keys relative to other groups'; 0: 1
	Zone        string   // may be empty
	Settings
}

func (n *Node) keys() table { return append(n.identity(), n.Settings.keys()...) }

// identity holds the keys that only a server has.
func (n *Node) identity() table {
	return table{
		{"id", &n.ID, text("a string"), nil, AtStart,
			"the server's name: 1 to 64 letters, digits, and any of `_ - . : @`"},
		{"address", &n.Addresses, addresses{}, nil, AtStart,
			"where it listens, and where clients and other nodes reach it"},
		{"tls_address", &n.TLSAddress, optional{tcpAddress{text(`"host:port"`)}}, nil, AtStart,
			"where it listens for TLS, beside `address`"},
		{"role", &n.Role, optional{choice(Primary, Secondary)}, nil, OnReload,
			"a primary takes writes and replicates them; a secondary answers reads"},
		{"primary", &n.Primary, optional{text("the id of a server")}, nil, OnReload,
			"of a secondary: the id of its primary"},
		{"group", &n.Group, optional{text("the name of a group")}, nil, OnReload,
			"the name of its group, by which clients place keys: another name moves them all. Without it the id of the primary, so that a config with another primary needs it"},
		{"secondaries", &n.Secondaries, words{"ids of servers", "the id of a server"}, nil, OnReload,
			"of a primary: the ids of its secondaries"},
		{"weight", &n.Weight, optional{count(0, maxWeight)}, nil, ByClients,
			"of a primary: its group's share of the keys relative to other groups'; without it 1"},
		{"zone", &n.Zone, optional{text("a string")}, nil, ByClients,
			"where it is, any word: clients that know their own zone can read from the nearest member (`WithReads(ReadNearest)`)"},
	}
}
