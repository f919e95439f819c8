package config

import (
	"fmt"
	"slices"
	"strings"
)

// Security says who may do what, and how connections are kept from others' eyes. It holds for all
// servers of the file.
type Security struct {
	Users         []User // none: whoever can connect may do everything
	Unprotected   bool   // nodes without users serve clients of other machines on any address
	Disabled      []string
	PerAddress    int64 // connections of one client address at a time; 0: any number
	RatePerSecond int64 // new connections of one client address a second; 0: any number

	NodeUser         string // whom nodes sign in as at other nodes
	NodePasswordFile string // where their password is

	TLSCert        string // PEM files of a node
	TLSKey         string
	TLSCA          string // whose certificates are believed, of nodes and of clients
	TLSClients     string // certificates of clients: none, optional or required
	TLSMinVersion  string // "1.3" or "1.2"
	TLSReplication bool   // nodes talk to each other at their tls_address
}

// User is somebody who may sign in.
type User struct {
	Name     string
	Password string   // a bcrypt hash; empty: signs in with a client certificate only
	Rights   []string // of Rights
	Keys     []string // prefixes of keys that it may touch; none: all keys
}

// Rights are what a user may be allowed: reading, changing, looking after a node, and acting as a
// primary towards a secondary.
var Rights = []string{"read", "write", "admin", "replication"}

var securityKeys = []key[Security]{
	live(usersKey()),
	{
		name: "protected",
		read: func(f *faults, path string, v *value, s *Security) {
			if v.kind != boolean {
				f.add(path, "got "+v.describe(), "give true or false, without quotes")
				return
			}
			s.Unprotected = v.text == "false"
		},
		show: func(s *Security) any { return !s.Unprotected },
	},
	live(wordsKey("disabled_commands", "strings: the name of a command", "the name of a command", func(s *Security) *[]string { return &s.Disabled })),
	live(count("connections_per_address", 0, 0, 10_000_000, func(s *Security) *int64 { return &s.PerAddress })),
	live(count("new_connections_per_second", 0, 0, 10_000_000, func(s *Security) *int64 { return &s.RatePerSecond })),
	live(text("node_user", "the name of a user", func(s *Security) *string { return &s.NodeUser })),
	live(text("node_password_file", "the path of a file", func(s *Security) *string { return &s.NodePasswordFile })),
	text("tls_cert", "the path of a PEM file", func(s *Security) *string { return &s.TLSCert }),
	text("tls_key", "the path of a PEM file", func(s *Security) *string { return &s.TLSKey }),
	text("tls_ca", "the path of a PEM file", func(s *Security) *string { return &s.TLSCA }),
	choice("tls_clients", "none", []string{"none", "optional", "required"}, func(s *Security) *string { return &s.TLSClients }),
	choice("tls_min_version", "1.3", []string{"1.3", "1.2"}, func(s *Security) *string { return &s.TLSMinVersion }),
	truth("tls_replication", func(s *Security) *bool { return &s.TLSReplication }),
}

var userKeys = []key[User]{
	text("name", "a string", func(u *User) *string { return &u.Name }),
	text("password", "a hash", func(u *User) *string { return &u.Password }),
	wordsKey("rights", "strings: "+strings.Join(Rights, ", "), strings.Join(Rights, ", "), func(u *User) *[]string { return &u.Rights }),
	wordsKey("keys", "strings: the beginning of keys", "the beginning of keys", func(u *User) *[]string { return &u.Keys }),
}

func usersKey() key[Security] {
	return key[Security]{
		name: "users",
		read: func(f *faults, path string, v *value, s *Security) {
			s.Users = append(s.Users, readObjects(f, path, v, "users", userKeys, User{})...)
		},
		show: func(s *Security) any {
			var all []shown
			for i := range s.Users {
				all = append(all, showObject(userKeys, &s.Users[i]))
			}
			if all == nil {
				return nil
			}
			return all
		},
	}
}

// checkSecurity checks what belongs together.
func (f *File) checkSecurity(found *faults) {
	s := &f.Security
	for i := range s.Users {
		checkUser(found, element("security.users", i), &s.Users[i], s.Users[:i])
	}
	switch {
	case (s.TLSCert == "") != (s.TLSKey == ""):
		found.add("security", `"tls_cert" and "tls_key" belong together`, "give both or none")
	case s.TLSClients != "none" && s.TLSCA == "":
		found.add("security.tls_clients", "there is nothing to check the certificates of clients with", `give "tls_ca"`)
	case s.NodePasswordFile != "" && s.NodeUser == "":
		found.add("security.node_password_file", `a password without "node_user"`, "give both or none")
	}
	if s.limitsNodes() && slices.ContainsFunc(f.Servers, func(n Node) bool { return len(n.Secondaries) > 0 }) {
		found.add("security.node_user", quote(s.NodeUser)+" may touch only some keys, and nodes replicate all", `remove "keys" from that user`)
	}
	for i := range f.Servers {
		n := &f.Servers[i]
		at := element("servers", i)
		if n.TLSAddress == "" {
			if s.TLSReplication && (n.Role == Secondary || len(n.Secondaries) > 0) { // a secondary connects to its primary too
				found.add(at, `"tls_address" is missing, though "tls_replication" is set`, "give each server of a group one")
			}
			continue
		}
		if s.TLSCert == "" {
			found.add(at+".tls_address", "there is no certificate", `give "tls_cert" and "tls_key" in "security"`)
		}
		if slices.Contains(n.Addresses, n.TLSAddress) {
			found.add(at+".tls_address", n.TLSAddress+" is in use without TLS", "give it a port of its own")
		}
	}
}

// limitsNodes reports whether the user that nodes sign in as is limited to some keys. Nodes refuse to replicate for it.
func (s *Security) limitsNodes() bool {
	return slices.ContainsFunc(s.Users, func(u User) bool { return u.Name == s.NodeUser && len(u.Keys) > 0 })
}

func checkUser(found *faults, at string, u *User, before []User) {
	if u.Name == "" || strings.ContainsAny(u.Name, " \t\r\n") || len(u.Name) > maxID {
		found.add(at, quote(u.Name)+" is no name of a user", fmt.Sprintf(`give a "name" of 1 to %d bytes without spaces`, maxID))
		return
	}
	if slices.ContainsFunc(before, func(o User) bool { return o.Name == u.Name }) {
		found.add(at+".name", quote(u.Name)+" is the name of another user too", "give each user a name of its own")
	}
	if u.Password != "" && !isHash(u.Password) {
		// What stands there may be the password: it is not shown.
		found.add(at+".password", "this is no hash of a password", "give what cachegopher hash-password prints")
	}
	if len(u.Rights) == 0 {
		found.add(at, "the user has no rights", `give "rights": some of `+strings.Join(Rights, ", "))
	}
	for i, r := range u.Rights {
		if !slices.Contains(Rights, r) {
			found.add(element(at+".rights", i), quote(r)+" is no right", "give some of "+strings.Join(Rights, ", "))
		}
	}
}

// isHash says whether text looks like what bcrypt makes.
func isHash(text string) bool {
	return len(text) == 60 && text[0] == '$' && text[1] == '2' && text[3] == '$' && text[6] == '$'
}
