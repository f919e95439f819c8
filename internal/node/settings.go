package node

import (
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/server"
)

// settings is the part of a running node that CONFIG and INFO use.
type settings struct {
	*server.Server
	log *logging.Logger
}

func (s *settings) LogLevel() string               { return s.log.Level() }
func (s *settings) SetLogLevel(level string) error { return s.log.SetLevel(level) }
