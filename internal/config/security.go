package config

import "strings"

// Security configures users, limits and TLS for all servers of the file.
type Security struct {
	Users         []User // none: every client that can connect may do everything
	Unprotected   bool   // nodes without users serve clients of other machines at any address
	Disabled      []string
	PerAddress    int64
	RatePerSecond int64

	NodeUser         string // the user that nodes sign in as at other nodes
	NodePasswordFile string // file that holds the password of NodeUser

	TLSCert        string
	TLSKey         string
	TLSCA          string
	TLSClients     string // none, optional or required
	TLSMinVersion  string // "1.3" or "1.2"
	TLSReplication bool
}

func (s *Security) keys() table {
	const pem = "the path of a PEM file"
	return table{
		{"users", &s.Users, list[User, *User]{"users", func() User { return User{} }}, nil, OnReload,
			"who may sign in; without users everybody may do everything. Adding the first user or removing the last takes a restart"},
		{"protected", &s.Unprotected, truth(false), nil, AtStart,
			"true: a node without users does not start at an address that is public or a wildcard; false: it starts and serves everybody"},
		{"disabled_commands", &s.Disabled, words{"strings: the name of a command", "the name of a command"}, nil, OnReload,
			"commands that nobody may use; `AUTH`, `HELLO`, `PING` and `REPLICA` cannot be disabled, since clients and nodes need them"},
		{"connections_per_address", &s.PerAddress, count(0, 10_000_000), nil, OnReload,
			"concurrent connections of one client address; 0: any number"},
		{"new_connections_per_second", &s.RatePerSecond, count(0, 10_000_000), nil, OnReload,
			"new connections of one client address in a second; 0: any number"},
		{"node_user", &s.NodeUser, text("the name of a user"), nil, OnReload,
			"the user that nodes sign in as at each other"},
		{"node_password_file", &s.NodePasswordFile, text("the path of a file"), nil, OnReload,
			"the file that holds the password of `node_user`"},
		{"tls_cert", &s.TLSCert, text(pem), nil, AtStart, "the certificate of the nodes"},
		{"tls_key", &s.TLSKey, text(pem), nil, AtStart, "the private key of the certificate"},
		{"tls_ca", &s.TLSCA, text(pem), nil, AtStart,
			"the authority that signs the certificates of nodes and clients"},
		{"tls_clients", &s.TLSClients, choice("none", "optional", "required"), "none", AtStart,
			"`optional`: a client's certificate signs it in as the user that its common name names; `required`: a client must have one"},
		{"tls_min_version", &s.TLSMinVersion, choice("1.3", "1.2"), "1.3", AtStart, "the oldest version of TLS that is accepted"},
		{"tls_replication", &s.TLSReplication, truth(true), nil, AtStart,
			"true: nodes connect to each other at `tls_address`"},
	}
}

// User is a user who may sign in.
type User struct {
	Name     string
	Password string   // a bcrypt hash; empty: signs in with a client certificate only
	Rights   []string // of Rights
	Keys     []string // prefixes of the keys that the user may touch; none: all keys
}

// Rights are the rights of users: to read, to write, to administer a node, and to send it a primary's writes.
var Rights = []string{"read", "write", "admin", "replication"}

func (u *User) keys() table {
	rights := strings.Join(Rights, ", ")
	return table{
		{"name", &u.Name, text("a string"), nil, OnReload, "1 to 64 bytes without spaces"},
		{"password", &u.Password, text("a hash"), nil, OnReload,
			"what `cachegopher hash-password` prints; without it the user signs in with a client certificate only"},
		{"rights", &u.Rights, words{"strings: " + rights, rights}, nil, OnReload, "what the user may do"},
		{"keys", &u.Keys, words{"strings: the beginning of keys", "the beginning of keys"}, nil, OnReload,
			"prefixes of the keys that the user may touch; without it all keys"},
	}
}
