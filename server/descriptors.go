package server

import (
	"fmt"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/server/reactor"
)

// fitDescriptors raises the limit of open files as needed, up to the hard limit, and lowers the number of clients to fit it.
// Descriptors are reserved for the reactor, other nodes, health checks and the process's other files.
func (s *Server) fitDescriptors() error {
	least := reactor.Reserve(s.opts.EventLoops, len(s.opts.Addresses)+len(s.opts.Listeners))
	others := uint64(besideClients + s.opts.OtherFiles)
	limit, err := reactor.RaiseOpenFiles(uint64(s.opts.MaxConnections) + 128 + least + others)
	if err != nil {
		return err
	}
	if limit <= least+1 {
		return fmt.Errorf("the limit of open files is %d, at least %d are needed", limit, least+2)
	}
	given := min(others, (limit-least)/2) // if there are few, clients get half
	s.slots.share(int64(besideClients * given / others))
	s.fileLimit = int64(min(limit-least-given, 1<<30))
	if int64(s.opts.MaxConnections) > s.fileLimit {
		s.log.Warn("max_connections is lowered: the limit of open files allows no more",
			zap.Int("max_connections", s.opts.MaxConnections), zap.Int64("lowered_to", s.fileLimit),
			zap.Uint64("open_files", limit))
	}
	s.SetMaxConnections(s.opts.MaxConnections)
	return nil
}
