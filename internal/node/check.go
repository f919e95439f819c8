package node

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/lru"
)

// Check returns a fault for each address that the node must not or cannot listen on. It does not listen.
func (s *Setup) Check() error {
	if err := s.checkReach(net.DefaultResolver, &s.Node); err != nil {
		return err
	}
	return s.checkSocketPaths(&s.Node)
}

// CheckConfig checks the config as a start of the node does, with the files, names and commands that it mentions. A
// node whose config passes starts, unless another process holds a resource that it needs, such as a port. With
// chosen it checks s.Node, otherwise each server of the config.
func (s *Setup) CheckConfig(chosen bool) error {
	if err := checkCommands(s.File); err != nil {
		return err
	}
	if err := s.checkAllReach(chosen); err != nil {
		return err
	}
	return s.checkFiles(chosen)
}

// checkAllReach returns a fault for each address that the chosen server, or any server, would refuse to listen on.
func (s *Setup) checkAllReach(chosen bool) error {
	if chosen {
		return s.checkReach(net.DefaultResolver, &s.Node)
	}
	var all config.Errors
	for i := range s.File.Servers {
		var faults config.Errors
		errors.As(s.checkReach(net.DefaultResolver, &s.File.Servers[i]), &faults)
		for _, e := range faults { // a fault of "common" is found for each server
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

// Clients import package config, so it must not import the store and has its own constant of the least max_memory.
// These declarations do not compile unless the two are equal.
var (
	_ [config.MinMemory - lru.MinMemory]struct{}
	_ [lru.MinMemory - config.MinMemory]struct{}
)

// checkFiles checks the files that the config names. It checks paths of unix sockets only for the chosen server, since
// other servers may be on other machines.
func (s *Setup) checkFiles(chosen bool) error {
	if _, err := newSecurity(s, zap.NewNop()); err != nil {
		return err
	}
	if err := coordination.Check(&s.File.Coordination); err != nil {
		return s.File.Fault("coordination", err.Error(), "give files that the node may read")
	}
	if err := s.checkLogFile(); err != nil {
		return err
	}
	n := &s.Node
	switch {
	case chosen:
	case len(s.File.Servers) == 1:
		n = &s.File.Servers[0]
	default:
		return nil
	}
	if _, err := s.checkSnapshot(n); err != nil {
		return err
	}
	if err := s.checkKeep(n); err != nil {
		return err
	}
	return s.checkSocketPaths(n)
}

// checkLogFile returns a fault if the log file cannot be written to. It does not create the file.
func (s *Setup) checkLogFile() error {
	if s.File == nil || s.File.Logging.File == "" {
		return nil
	}
	path := s.File.Logging.File
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	switch {
	case err == nil:
		return file.Close()
	case errors.Is(err, fs.ErrNotExist):
		if err = folderExists(filepath.Dir(path)); err == nil {
			return nil
		}
	}
	return s.LogFault(err)
}

// LogFault returns the fault for a log file that cannot be opened.
func (s *Setup) LogFault(err error) error {
	return s.File.Fault("logging.file", "cannot write to it: "+err.Error(), "give the path of a file that the node may write to, in a folder that exists")
}

// checkSocketPaths returns a fault for an address of n where no unix socket can be made.
func (s *Setup) checkSocketPaths(n *config.Node) error {
	for i, address := range n.Addresses {
		network, path := config.SplitAddress(address)
		if network != "unix" {
			continue
		}
		if err := socketFits(path); err != nil {
			what, remedy := "cannot listen at "+address+": "+err.Error(), "give a path in a folder that exists, where there is nothing but a socket"
			if s.File == nil {
				return errors.New("--address: " + what + "; " + remedy)
			}
			return s.File.Fault(s.File.AddressKey(n.ID, i), what, remedy)
		}
	}
	return nil
}

// socketFits returns an error if no socket can be made at path. A socket may be there already, left by a node that has
// ended: a start replaces it.
func socketFits(path string) error {
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSocket == 0 {
		return &fs.PathError{Op: "stat", Path: path, Err: errors.New("something else is there")}
	}
	return folderExists(filepath.Dir(path))
}

func folderExists(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "stat", Path: path, Err: errors.New("not a directory")}
	}
	return err
}
