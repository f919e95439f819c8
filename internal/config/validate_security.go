package config

import (
	"fmt"
	"slices"
	"strings"
)

// checkSecurity checks the users, and the keys that depend on each other.
func (f *File) checkSecurity(found *faults) {
	s := &f.Security
	for i := range s.Users {
		checkUser(found, element("security.users", i), &s.Users[i], s.Users[:i])
	}
	switch {
	case (s.TLSCert == "") != (s.TLSKey == ""):
		found.add("security", `"tls_cert" and "tls_key" belong together`, "give both or none")
	case s.TLSClients != "none" && s.TLSCA == "":
		found.add("security.tls_clients", "client certificates cannot be checked", `give "tls_ca"`)
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
		found.add(at, quote(u.Name)+" is not a valid user name", fmt.Sprintf(`give a "name" of 1 to %d bytes without spaces`, maxID))
		return
	}
	if slices.ContainsFunc(before, func(o User) bool { return o.Name == u.Name }) {
		found.add(at+".name", quote(u.Name)+" is the name of another user too", "give each user a name of its own")
	}
	if u.Password != "" && !isHash(u.Password) {
		// The value may be the password itself: do not show it.
		found.add(at+".password", "this is not a password hash", "give what cachegopher hash-password prints")
	}
	if len(u.Rights) == 0 {
		found.add(at, "the user has no rights", `give "rights": some of `+strings.Join(Rights, ", "))
	}
	for i, r := range u.Rights {
		if !slices.Contains(Rights, r) {
			found.add(element(at+".rights", i), quote(r)+" is not a right", "give some of "+strings.Join(Rights, ", "))
		}
	}
}

// isHash reports whether text has the form of a bcrypt hash.
func isHash(text string) bool {
	return len(text) == 60 && text[0] == '$' && text[1] == '2' && text[3] == '$' && text[6] == '$'
}
