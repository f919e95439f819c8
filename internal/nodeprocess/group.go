package nodeprocess

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// patience bounds how long starting a group may take.
const patience = 30 * time.Second

// Group is a primary and its secondaries. All of them listen on free ports of 127.0.0.1.
type Group struct {
	Config string  // path of the config file
	Nodes  []*Node // the primary first

	folder  string
	program string
	closed  bool
}

// Node is one process of a group.
type Node struct {
	ID      string
	Address string // host:port

	process *Process
}

// Start starts a group with so many secondaries and returns when it serves and the secondaries follow the
// primary. Close must be called.
func Start(secondaries int) (*Group, error) {
	path, err := node.acquire()
	if err != nil {
		return nil, err
	}
	for range 3 { // another process may take a port between its choice and its use
		var g *Group
		if g, err = start(path, secondaries); err == nil {
			return g, nil
		}
	}
	node.release()
	return nil, err
}

func start(path string, secondaries int) (g *Group, err error) {
	g = &Group{program: path}
	if g.folder, err = os.MkdirTemp("", "cachegopher-group"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			g.end()
		}
	}()
	for i := range 1 + secondaries {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		g.Nodes = append(g.Nodes, &Node{ID: fmt.Sprint("node", i), Address: address})
	}
	g.Config = filepath.Join(g.folder, "cacheGopherConfig.json")
	if err := os.WriteFile(g.Config, []byte(g.config()), 0o600); err != nil {
		return nil, err
	}
	for _, n := range g.Nodes {
		if err := g.run(n); err != nil {
			return nil, err
		}
	}
	return g, g.ready()
}

// freeAddress returns an address of 127.0.0.1 on which no process listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (g *Group) config() string {
	var ids, servers []string
	for _, n := range g.Nodes[1:] {
		ids = append(ids, fmt.Sprintf("%q", n.ID))
		servers = append(servers, fmt.Sprintf(`{"id": %q, "address": %q, "role": "secondary", "primary": %q}`, n.ID, n.Address, g.Nodes[0].ID))
	}
	servers = append(servers, fmt.Sprintf(`{"id": %q, "address": %q, "role": "primary", "secondaries": [%s]}`,
		g.Nodes[0].ID, g.Nodes[0].Address, strings.Join(ids, ", ")))
	return fmt.Sprintf("{\"common\": {\"max_memory\": \"64MB\"},\n\"servers\": [\n%s\n]}\n", strings.Join(servers, ",\n"))
}

// run starts a node without waiting until it serves.
func (g *Group) run(n *Node) (err error) {
	command := exec.Command(g.program, "--config", g.Config, "--server-id", n.ID)
	command.Dir = g.folder
	n.process, err = Launch(command, nil)
	return err
}

// Kill ends the node as kill -9 does.
func (n *Node) Kill() {
	if n.process != nil {
		n.process.Kill()
	}
}

// Close kills the nodes and removes their files. A second call does nothing.
func (g *Group) Close() {
	if !g.closed {
		g.closed = true
		g.end()
		node.release()
	}
}

func (g *Group) end() {
	for _, n := range g.Nodes {
		n.Kill()
	}
	os.RemoveAll(g.folder) //nolint:errcheck // a temporary folder
}
