package config

import (
	"fmt"
	"net/url"
	"strings"
)

// check checks the keys of the coordination against each other.
func (c *Coordination) check(f *faults, path string) {
	if len(c.Etcd) == 0 {
		f.add(path, `"etcd" is missing`, `add "etcd": ["http://127.0.0.1:2379"], or remove all of "coordination"`)
	}
	scheme := ""
	for i, text := range c.Etcd {
		at := element(join(path, "etcd"), i)
		u, err := url.Parse(text)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.User != nil:
			f.add(at, quote(text)+" is not an etcd URL", `give its scheme, host and port, as in "http://127.0.0.1:2379"`)
		case scheme != "" && u.Scheme != scheme:
			f.add(at, "it begins with "+u.Scheme+", another with "+scheme, "give all members of etcd with the same scheme")
		default:
			scheme = u.Scheme
		}
	}
	if !goodID(c.Cluster) || c.Cluster == "" {
		f.add(join(path, "cluster"), quote(c.Cluster)+" is not a valid name", fmt.Sprintf("give 1 to %d letters, digits, and any of _ - . : @", maxID))
	}
	if (c.User == "") != (c.PasswordFile == "") {
		f.add(path, `"user" and "password_file" belong together`, "give both or none")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		f.add(path, `"tls_cert" and "tls_key" belong together`, "give both or none")
	}
	if scheme == "http" && (c.TLSCA != "" || c.TLSCert != "") {
		f.add(path, "files for TLS are given, but etcd is reached without TLS", `give its URLs with "https://", or remove these files`)
	}
}
