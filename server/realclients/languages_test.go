package realclients

import (
	"net"
	"os/exec"
	"strings"
	"testing"
)

// language is a way to install the cluster clients of one language and to start one of them.
type language struct {
	name    string
	clients []string
	stays   string // begins the names of clients that stay with a dead node; empty: none does
	install func(t *testing.T) (start func(client, port string) *exec.Cmd, err error)
}

var languages = []language{
	{"JavaScript", []string{"ioredis", "ioredis, reads of replicas", "node-redis", "node-redis, reads of replicas"}, "node-redis", nodeClients},
	{"Go with GOPATH", []string{"redisc", "redisc, reads of replicas"}, "", rediscClients},
	{"Python", []string{"redis-py", "redis-py, reads of replicas"}, "redis-py", pythonClients},
}

// languageClients starts the clients of all languages that can be had here, redis-cli among them, with one address of the cluster.
func languageClients(t *testing.T, address string) (all []clusterClient) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range languages {
		start, err := l.install(t)
		t.Run(l.name, func(t *testing.T) {
			if err != nil {
				t.Skipf("SKIPPED: its clients cannot be had: %v", err)
			}
		})
		if err != nil {
			continue
		}
		for _, name := range l.clients {
			c := programClient(t, name, start(name, port))
			c.staysWithDead = l.stays != "" && strings.HasPrefix(name, l.stays)
			all = append(all, c)
		}
	}
	return append(all, redisCLI(t, port)...)
}
