package reactor

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Listen opens an address: host:port for TCP or unix:///path. mode is the permissions of the unix socket; 0: 0777 without
// the umask.
func Listen(address string, mode fs.FileMode) (net.Listener, error) {
	network := "tcp"
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		network, address = "unix", path
		if err := removeStale(path); err != nil {
			return nil, err
		}
	}
	lc := net.ListenConfig{KeepAlive: -1} // Accept sets it
	restricted := network == "unix" && mode != 0
	if restricted {
		lc.Control = restrict
	}
	l, err := lc.Listen(context.Background(), network, address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	if !restricted {
		return l, nil
	}
	if err := os.Chmod(address, mode); err != nil {
		l.Close()
		return nil, fmt.Errorf("set the permissions of the unix socket: %w", err)
	}
	return l, nil
}

// removeStale removes a socket file that a process left behind, but not one on which a process listens, nor any other
// file.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return nil // Listen reports the error
	}
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return fmt.Errorf("listen on %s: %w", path, unix.EADDRINUSE)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove the stale socket %s: %w", path, err)
	}
	return nil
}
