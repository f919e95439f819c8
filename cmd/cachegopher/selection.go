package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/node"
)

// selection is the setup that results from the command line and the config.
type selection struct {
	node.Setup
	options *options
	ignored string // path of a config that was found but not read, because --address is given alone
}

// setup reads the config, if any, and chooses the server to run.
func (o *options) setup() (*selection, error) {
	s, err := o.load()
	if err != nil {
		return nil, err
	}
	s.Recover = o.recover
	if err := o.addSelf(s); err != nil {
		return nil, err
	}
	return s, o.choose(s)
}

// again returns the setup that results from the same command line and the present config.
func (s *selection) again() (*node.Setup, error) {
	file, err := config.Load(s.File.Path)
	if err != nil {
		return nil, err
	}
	next := *s
	next.File = file
	if err := s.options.addSelf(&next); err != nil {
		return nil, err
	}
	if err := s.options.choose(&next); err != nil {
		return nil, err
	}
	return &next.Setup, nil
}

// load reads the config given with --config, or else the one found where configs are expected, if any. With --address
// alone it reads none: such a node must not depend on which files happen to exist.
func (o *options) load() (*selection, error) {
	s := &selection{options: o}
	s.Unprotected = !o.protected
	path := o.config
	if !o.given("config") {
		if o.join {
			return s, nil
		}
		found, ok := config.Find()
		if ok && o.standalone() {
			s.ignored = found
		}
		if !ok || o.standalone() {
			return s, nil
		}
		path = found
	}
	file, err := config.Load(path)
	s.File = file
	return s, err
}

// standalone reports whether the command line asks for a node without a config.
func (o *options) standalone() bool {
	return o.given("address") && !o.given("config") && !o.given("server-id")
}

// choosesNode reports whether the command line is about one server.
func (o *options) choosesNode() bool {
	return o.given("server-id") || o.given("address") || o.given("max-memory") || o.given("max-size")
}

// choose sets the server, with the flags in place of the config's values.
func (o *options) choose(s *selection) error {
	switch {
	case s.File != nil:
		chosen, err := s.File.Node(o.serverID)
		var fault *config.Error
		if errors.As(err, &fault) && o.serverID == "" {
			fault.Remedy = o.chooseHow() + "; " + fault.Remedy
		}
		if err != nil {
			return err
		}
		s.Node = chosen
	case o.given("server-id"):
		return fmt.Errorf("--server-id %s: %w", o.serverID, noConfig())
	default:
		s.Node = config.Standalone()
	}
	if o.given("address") {
		s.Node.Addresses, s.Addressed = o.addresses, true
	}
	if o.given("max-memory") {
		s.Node.MaxMemory = int64(o.maxMemory)
	}
	if o.given("max-size") {
		s.Node.MaxSize = o.maxSize
	}
	return flagFault(s.Node.Validate())
}

// chooseHow explains how to choose a server. Without --config the operator may not know that a config was found.
func (o *options) chooseHow() string {
	if o.given("config") {
		return "choose one with --server-id"
	}
	return "it was found because there is no --config: choose a server with --server-id, or start a node without a config with --address HOST:PORT"
}

// flagFault names a flag instead of a key: the config's own values have passed before.
func flagFault(err error) error {
	var fault *config.Error
	if errors.As(err, &fault) {
		named := *fault
		named.Key = "--" + strings.ReplaceAll(fault.Key, "_", "-")
		return &named
	}
	return err
}

// uncheckable explains why --check-config has nothing to check.
func (o *options) uncheckable() error {
	if o.standalone() {
		return errors.New("--address without --config starts a node that has no config: there is nothing to check; name a config with --config")
	}
	return noConfig()
}

func noConfig() error {
	return fmt.Errorf("there is no config: no %s in %s; name one with --config", config.FileName, strings.Join(config.Folders(), ", "))
}
