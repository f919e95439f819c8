package node

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestFoldersOfKilledNodes: making a folder removes those whose nodes were killed, and no other.
func TestFoldersOfKilledNodes(t *testing.T) {
	temp, err := os.MkdirTemp("", "t") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(temp) //nolint:errcheck // the test is over
	t.Setenv("TMPDIR", temp)
	listen := func(folder string) *net.UnixListener {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(folder, "n.memory"), Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	folders := map[string]bool{} // whether it stays
	for _, kind := range []string{"lives", "killed", "starts", "new", "old", "file"} {
		folder, err := os.MkdirTemp("", memoryFolders)
		if err != nil {
			t.Fatal(err)
		}
		folders[folder] = kind != "killed" && kind != "old"
		switch kind {
		case "lives":
			listen(folder)
		case "killed", "starts": // the socket is there, and nobody listens
			l := listen(folder)
			l.SetUnlinkOnClose(false)
			l.Close()
		case "file":
			err = os.WriteFile(filepath.Join(folder, "n.memory"), nil, 0o600)
		}
		if long := time.Now().Add(-time.Hour); err == nil && kind != "starts" && kind != "new" {
			err = os.Chtimes(folder, long, long)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	made, err := makeFolder()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(made); err != nil || info.Mode().Perm() != 0o711 {
		t.Errorf("%v, %v", info, err)
	}
	for folder, stays := range folders {
		if _, err := os.Stat(folder); (err == nil) != stays {
			t.Errorf("%s: stays: %v, want %v", folder, err == nil, stays)
		}
	}
}
