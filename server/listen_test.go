package server

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSocketMode opens unix sockets with more and with fewer permissions than the umask leaves.
func TestSocketMode(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o660, 0o777} {
		path := filepath.Join(t.TempDir(), "n.sock")
		r := serveToys(t, Options{Addresses: []string{"unix://" + path}, SocketMode: mode})
		info, err := os.Lstat(path)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("the socket has %v, %v, want %v", info.Mode(), err, mode)
		}
		c := r.dial()
		c.send("3\n")
		c.gets(3)
	}
}
