package node

import (
	"github.com/cachegopher/cachegopher/internal/config"
)

// Setup configures a node: a config, and the command line's values in place of the config's.
type Setup struct {
	File    *config.File // nil: no config, and so neither group nor users nor TLS nor admin listener
	Node    config.Node  // the server to run
	Recover bool         // be in step with the group before serving clients

	Addressed   bool   // Node.Addresses come from the command line, not from File
	Joined      bool   // the node is in no config: its group's members learn of it from etcd
	NewGroup    bool   // with Joined: the node may found a group
	Unprotected bool   // protected mode is off, whatever File says
	StateFolder string // the service manager's, for what survives the process, unless the config names one; empty: none
	CacheFolder string // the service manager's, for what survives the machine; empty: none
}

// configFile returns the path of the config; empty: there is none.
func (s *Setup) configFile() string {
	if s.File == nil {
		return ""
	}
	return s.File.Path
}

// security returns File's security settings; without a File it returns none.
func (s *Setup) security() config.Security {
	if s.File == nil {
		return config.Security{}
	}
	return s.File.Security
}

// stateDirectory returns the folder of what survives the process; empty: there is none.
func (s *Setup) stateDirectory() string {
	if s.Node.StateDirectory != "" {
		return s.Node.StateDirectory
	}
	return s.StateFolder
}
