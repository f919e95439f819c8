package reactor

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestSocketModeNoWindow checks the socket as bind makes it, before its permissions are set: no other user may connect.
func TestSocketModeNoWindow(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: only Linux gives the socket's file the descriptor's permissions")
	}
	path := filepath.Join(t.TempDir(), "n.sock")
	l, err := (&net.ListenConfig{Control: restrict}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Lstat(path); err != nil || info.Mode().Perm() != 0 {
		t.Errorf("before its permissions are set the socket has %v, %v", info.Mode(), err)
	}
}
