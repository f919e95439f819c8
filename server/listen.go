package server

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// listen opens an address: host:port or unix:///path.
func (s *Server) listen(address string) (net.Listener, error) {
	network := "tcp"
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		network, address = "unix", path
		if err := removeStale(path); err != nil {
			return nil, err
		}
	}
	lc := net.ListenConfig{KeepAlive: -1} // see keepAlive
	restricted := network == "unix" && s.opts.SocketMode != 0
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
	if err := os.Chmod(address, s.opts.SocketMode); err != nil {
		l.Close()
		return nil, fmt.Errorf("set the permissions of the unix socket: %w", err)
	}
	return l, nil
}

// removeStale removes a socket file that a node left behind, but not one on
// which somebody listens, nor any other file.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return nil // listen tells what is wrong
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
