package nodeprocess

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// ready waits until all nodes serve and the secondaries follow the primary.
func (g *Group) ready() error {
	end := time.Now().Add(patience)
	for _, n := range g.Nodes {
		if err := n.until(end, "PONG", "PING"); err != nil {
			return err
		}
	}
	secondaries := fmt.Sprint(len(g.Nodes) - 1)
	return g.Nodes[0].until(end, ":"+secondaries, "WAIT", secondaries, "1000")
}

// until asks the node until it answers what is wanted.
func (n *Node) until(end time.Time, want string, args ...string) error {
	for {
		got, err := n.ask(args...)
		if err == nil && strings.TrimPrefix(got, "+") == want {
			return nil
		}
		select {
		case <-n.process.Ended():
			return fmt.Errorf("node %s ended by itself:\n%s", n.ID, n.process.Said.String())
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(end) {
			return fmt.Errorf("node %s does not answer %s with %s: %q, %w", n.ID, args[0], want, got, err)
		}
	}
}

// ask makes one RESP request on a new connection and returns the reply without its end.
func (n *Node) ask(args ...string) (string, error) {
	c, err := net.DialTimeout("tcp", n.Address, time.Second)
	if err != nil {
		return "", err
	}
	defer c.Close()                                //nolint:errcheck // nothing is lost
	c.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // a TCP connection has deadlines
	reply, err := wire.Do(c, bufio.NewReader(c), args...)
	return strings.TrimSpace(reply.Raw), err
}

// Pause stops the primary from sending writes to its secondaries, Resume lets it go on.
func (g *Group) Pause() error { return g.replica("PAUSE") }

// Resume ends Pause, and returns when the secondaries have everything.
func (g *Group) Resume() error {
	return errors.Join(g.replica("RESUME"), g.ready())
}

func (g *Group) replica(what string) error {
	if _, err := g.Nodes[0].ask("REPLICA", what); err != nil {
		return fmt.Errorf("REPLICA %s: %w", what, err)
	}
	return nil
}
