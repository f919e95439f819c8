package node

import (
	"fmt"
	"os"

	"github.com/cachegopher/cachegopher/internal/config"
)

// Warnings returns lines about possible faults of the config.
func Warnings(f *config.File) []string {
	all := f.Warnings
	for _, secret := range []struct{ key, path, what string }{
		{"security.node_password_file", f.Security.NodePasswordFile, "the password of node_user"},
		{"security.tls_key", f.Security.TLSKey, "the private key"},
	} {
		if mode := permissions(secret.path); mode&0o007 != 0 {
			all = append(all, fmt.Sprintf("%s: every user of this machine can reach %s in %s (mode %04o); chmod o= %s",
				secret.key, secret.what, secret.path, mode, secret.path))
		}
	}
	return all
}

// permissions returns the permissions of the file at path; 0 if it is not there, which is reported elsewhere.
func permissions(path string) os.FileMode {
	info, err := os.Stat(path)
	if path == "" || err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Mode().Perm()
}
