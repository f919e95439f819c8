package servertest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/node"
)

// start starts the node behind its proxies.
func (n *Node) start() {
	n.t.Helper()
	if err := n.build(); err != nil {
		n.t.Fatalf("servertest: start a node: %v", err)
	}
	n.Direct = n.node.Addrs()[0].String()
	n.proxy.To(n.Direct)
	if n.tls != nil {
		n.DirectTLS = n.node.TLSAddr().String()
		n.tls.To(n.DirectTLS)
	}
	if a := n.node.AdminAddr(); a != nil {
		n.Admin = a.String()
	}
	ctx, cancel := context.WithCancel(context.Background())
	n.run = &running{cancel, make(chan error, 1)}
	go func(ended chan<- error, node *node.Node) { ended <- node.Run(ctx) }(n.run.ended, n.node)
}

// build makes the node.
func (n *Node) build() error {
	s, err := n.setup()
	if err != nil {
		return err
	}
	log, err := n.console.logger()
	if err != nil {
		return err
	}
	n.node, err = node.New(node.Options{Setup: *s, Version: "test", Log: log, Reread: n.setup, StopTimeout: stopTimeout})
	return err
}

// setup is the node's config with the options' values, and with its own addresses in place of the proxies'.
func (n *Node) setup() (*node.Setup, error) {
	s := &node.Setup{Node: config.Standalone(), Addressed: true}
	if n.File != "" {
		var err error
		if s.File, err = config.Load(n.File); err != nil {
			return nil, err
		}
		if s.Node, err = s.File.Node(n.ID); err != nil {
			return nil, err
		}
	} else {
		s.Node.ID, s.Node.Group, s.Node.Role = n.ID, n.ID, n.opts.role
	}
	s.Node.Addresses = []string{"127.0.0.1:0"}
	if n.tls != nil {
		s.Node.TLSAddress = "127.0.0.1:0"
	}
	if n.opts.admin {
		s.Node.AdminAddress = "127.0.0.1:0"
	}
	s.Node.MaxMemory, s.Node.MaxSize = n.opts.maxMemory, n.opts.maxSize
	s.Node.EventLoops, s.Node.AllowDebug = 1, true
	return s, nil
}

// listen makes the proxies accept connections.
func (n *Node) listen() {
	n.t.Helper()
	for _, p := range n.proxies() {
		if err := p.listen(); err != nil {
			n.t.Fatalf("servertest: %v", err)
		}
	}
}

// awaitReady waits until the node serves, or until a secondary is in step.
func (n *Node) awaitReady() {
	n.t.Helper()
	select {
	case <-n.node.Ready():
	case err := <-n.run.ended:
		n.run = nil
		n.t.Fatalf("servertest: node %s ended: %v", n.ID, err)
	case <-time.After(readyTimeout):
		n.t.Fatalf("servertest: node %s is not ready after %v", n.ID, readyTimeout)
	}
}

// Reload makes the node apply changes of File, as SIGHUP does.
func (n *Node) Reload() error {
	if n.File == "" {
		return errors.New("servertest: the node has no config")
	}
	if err := n.node.Reload(); err != nil {
		return fmt.Errorf("servertest: node %s: %w", n.ID, err)
	}
	return nil
}

// stop ends the node behind the proxy.
func (n *Node) stop() {
	if n.run == nil {
		return
	}
	n.run.cancel()
	if err := <-n.run.ended; err != nil {
		n.t.Errorf("servertest: node %s: %v", n.ID, err)
	}
	n.run = nil
}

// Kill ends the node as kill -9 does: its connections break, new ones are refused, and its data is lost. Restart starts it
// again. Unlike a killed process, a primary still sends its last writes to the secondaries in step.
func (n *Node) Kill() {
	for _, p := range n.proxies() {
		p.refuse()
	}
	n.stop()
}

// Restart starts a killed node again, empty and at the same addresses, and waits until it serves. By then a node of a
// group has the group's data.
func (n *Node) Restart() {
	n.t.Helper()
	n.Kill()
	for _, p := range n.proxies() {
		p.clear()
	}
	n.start()
	n.listen()
	n.awaitReady()
}
