package server

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestSocketMode opens unix sockets with permissions that the umask would not leave, and others that it would exceed.
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

// TestSocketModeNoWindow looks at the socket as bind makes it, before it gets its permissions: nobody may connect.
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
