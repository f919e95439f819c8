package server

import (
	"fmt"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// fitDescriptors raises the soft limit of open files to the hard one and lowers
// the number of clients to what that allows: descriptors are kept back for
// loops, listeners, logs, the moment in which a new connection has two, other
// nodes, health checks, and what else the process opens.
func (s *Server) fitDescriptors() error {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	least := uint64(24 + 5*s.opts.EventLoops + len(s.opts.Addresses) + len(s.opts.Listeners))
	others := uint64(besideClients + s.opts.OtherFiles)
	if want := uint64(s.opts.MaxConnections) + 128 + least + others; lim.Cur < lim.Max && want > lim.Cur {
		raised := lim
		raised.Cur = min(lim.Max, want)
		if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
			lim = raised
		}
	}
	if lim.Cur <= least+1 {
		return fmt.Errorf("the limit of open files is %d, at least %d are needed", lim.Cur, least+2)
	}
	given := min(others, (lim.Cur-least)/2) // clients have half where there are few
	s.rooms.share(int64(besideClients * given / others))
	reserve := least + given
	s.fileLimit = int64(min(lim.Cur-reserve, 1<<30))
	if int64(s.opts.MaxConnections) > s.fileLimit {
		s.log.Warn("max_connections is lowered: the limit of open files allows no more",
			zap.Int("max_connections", s.opts.MaxConnections), zap.Int64("lowered_to", s.fileLimit),
			zap.Uint64("open_files", lim.Cur))
	}
	s.SetMaxConnections(s.opts.MaxConnections)
	return nil
}

// SetMaxConnections changes how many connections are served at a time, as far as
// the limit of open files allows.
func (s *Server) SetMaxConnections(n int) { s.maxConns.Store(min(int64(n), s.fileLimit)) }

// MaxConnections is how many connections are served at a time.
func (s *Server) MaxConnections() int { return int(s.maxConns.Load()) }
