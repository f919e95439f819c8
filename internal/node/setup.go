package node

import (
	"errors"
	"net"
	"slices"

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

// Check finds addresses that the node must not or cannot listen on, without listening.
func (s *Setup) Check() error {
	if err := s.checkReach(net.DefaultResolver, &s.Node); err != nil {
		return err
	}
	return s.checkSocketPaths(&s.Node)
}

// CheckConfig finds every fault of the config that a start of the node would find, with what the config refers to:
// files, names, commands. With chosen it is about s.Node, otherwise about each server of the config.
func (s *Setup) CheckConfig(chosen bool) error {
	if err := checkCommands(s.File); err != nil {
		return err
	}
	if err := s.checkAllReach(chosen); err != nil {
		return err
	}
	return s.checkFiles(chosen)
}

// checkAllReach finds the addresses that the chosen server, or any, would not listen on.
func (s *Setup) checkAllReach(chosen bool) error {
	if chosen {
		return s.checkReach(net.DefaultResolver, &s.Node)
	}
	var all config.Errors
	for i := range s.File.Servers {
		var faults config.Errors
		errors.As(s.checkReach(net.DefaultResolver, &s.File.Servers[i]), &faults)
		for _, e := range faults { // what "common" says is said once
			if !slices.ContainsFunc(all, func(other *config.Error) bool { return *other == *e }) {
				all = append(all, e)
			}
		}
	}
	if all == nil {
		return nil
	}
	return all
}

// configFile is the path of the config; empty: there is none.
func (s *Setup) configFile() string {
	if s.File == nil {
		return ""
	}
	return s.File.Path
}
