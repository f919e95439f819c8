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
	"github.com/cachegopher/cachegopher/lru"
)

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

// The least max_memory of a config is what the store takes. Package config, which clients import too, must not import
// the store, so it has a constant of its own. These do not compile unless the two are equal.
var (
	_ [config.MinMemory - lru.MinMemory]struct{}
	_ [lru.MinMemory - config.MinMemory]struct{}
)

// checkFiles looks at the files that the config names, as a start does: a config that passes either starts, or fails
// for what others hold, such as a port. Paths of sockets are looked at for the chosen server only, since other
// servers may be on other machines.
func (s *Setup) checkFiles(chosen bool) error {
	if _, err := newSecurity(s, zap.NewNop()); err != nil {
		return err
	}
	if err := s.checkLogFile(); err != nil {
		return err
	}
	switch {
	case chosen:
		return s.checkSocketPaths(&s.Node)
	case len(s.File.Servers) == 1:
		return s.checkSocketPaths(&s.File.Servers[0])
	}
	return nil
}

// checkLogFile returns a fault when the log file cannot be written to. It creates none.
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

// LogFault is the fault of a log file that cannot be written to.
func (s *Setup) LogFault(err error) error {
	return s.File.Fault("logging.file", "cannot write to it: "+err.Error(), "give the path of a file that the node may write to, in a folder that exists")
}

// checkSocketPaths returns a fault for an address of n at which no socket can be.
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

// socketFits returns an error if a socket cannot be at path. The socket of a node that has ended may be there: a start
// removes it.
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
