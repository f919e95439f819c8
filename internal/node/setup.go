package node

import (
	"github.com/cachegopher/cachegopher/internal/config"
)

// Setup is what a node is made of: a config, and what the command line puts over it.
type Setup struct {
	File    *config.File // nil: the node has no config and is alone
	Node    config.Node  // the server of File to run, with the command line's values
	Recover bool         // be in sync with the group before serving clients

	Addressed   bool // Node.Addresses are the command line's, not File's
	Unprotected bool // the command line switches protected mode off
}

// configFile is the path of the config; empty: there is none.
func (s *Setup) configFile() string {
	if s.File == nil {
		return ""
	}
	return s.File.Path
}
