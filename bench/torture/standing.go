//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// standing is a node with its well-behaved clients.
type standing struct {
	*node
	polite *polite
}

// politeRate and politeClients make 960 requests a second.
const (
	politeRate    = 120
	politeClients = 8
)

// stand starts a node and its clients.
func (e *engine) stand(ctx context.Context, set settings, alone bool) (*standing, error) {
	e.nodes++
	n, err := single(e.programs, filepath.Join(e.folder, fmt.Sprintf("node%d-%v", e.nodes, e.raced)), e.raced, set)
	if err != nil {
		return nil, err
	}
	if err := n.start(); err != nil {
		return nil, err
	}
	s := &standing{node: n}
	if err := n.serving(ctx, 30*time.Second); err != nil {
		n.kill()
		return nil, fmt.Errorf("a node to attack: %w", err)
	}
	if !alone {
		plan := politePlan{Write: n.address, Secure: n.secure, Keys: n.folder, Exact: true, SignIn: set.security != nil, Clients: politeClients, Rate: politeRate, Seed: e.seed}
		if s.polite, err = startPolite(e.programs, plan); err != nil {
			n.kill()
			return nil, err
		}
		err := s.polite.working(ctx, politeClients)
		if err == nil {
			err = sleep(ctx, e.span(2*time.Second, 300*time.Millisecond)) // first writes
		}
		if err != nil {
			return nil, errors.Join(err, s.end())
		}
	}
	return s, nil
}

func (s *standing) end() error {
	s.polite.stop()
	return s.stop()
}

// endStanding ends the shared node.
func (e *engine) endStanding() error {
	if e.stands == nil {
		return nil
	}
	err := e.stands.end()
	if e.stands = nil; err != nil {
		err = fmt.Errorf("the shared node: %w", err)
	}
	return err
}

// standingFor returns the node that a attacks; nil for attacks with their own.
func (e *engine) standingFor(ctx context.Context, a *attack) (s *standing, err error) {
	switch {
	case a.group, a.outside:
		return nil, nil
	case a.settings.own():
		return e.stand(ctx, a.settings, a.line.alone)
	case e.stands == nil:
		if e.stands, err = e.stand(ctx, settings{}, false); err != nil {
			return nil, err
		}
	}
	return e.stands, nil
}
