package main

import (
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/logging"
	"github.com/cachegopher/cachegopher/server/session"
)

// reload takes up what a running node can: certificates, the users of the config, and the password that it signs
// in with at others. What is wrong stays as it was, and is in the error.
func (s *security) reload(node *session.Node, log *logging.Logger) error {
	var errs []error
	if s.certs != nil {
		if err := s.certs.Reload(); err != nil {
			errs = append(errs, fmt.Errorf("certificates stay the old ones: %w", err))
		}
	}
	if err := s.reloadUsers(node, log); err != nil {
		errs = append(errs, fmt.Errorf("users stay the old ones: %w", err))
	}
	if err := s.readPassword(); err != nil {
		errs = append(errs, fmt.Errorf("the password at other nodes stays the old one: %w", err))
	}
	return errors.Join(errs...)
}

// reloadUsers reads the config again for its users. That there are users at all cannot change while the
// node runs, since it decides where the node may listen.
func (s *security) reloadUsers(node *session.Node, log *logging.Logger) error {
	if s.file == nil {
		return nil
	}
	file, err := config.Load(s.file.Path)
	switch {
	case err != nil:
		return err
	case s.users == nil && len(file.Security.Users) == 0:
		return nil
	case s.users == nil:
		return errors.New("the node was started without users; restart it")
	case len(file.Security.Users) == 0:
		return errors.New("the config has none any more; restart the node if that is meant")
	}
	closed, err := node.ReplaceUsers(accountsOf(file.Security.Users))
	if err != nil {
		return err
	}
	log.Info("users read again", zap.Int("users", len(file.Security.Users)), zap.Int("connections_closed", closed))
	return nil
}
