package etcdtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// StartCluster starts n members of one empty etcd, as Start does one. Restart of a member returns when etcd has a quorum.
func StartCluster(t testing.TB, n int, args ...string) []*Server {
	t.Helper()
	skipWithout(t)
	for try := 0; ; try++ { // another program may take a port between its choice and its use
		all, err := startCluster(t, n, args)
		if err == nil {
			return all
		}
		if try == 2 {
			t.Fatal(err)
		}
	}
}

func startCluster(t testing.TB, n int, args []string) ([]*Server, error) {
	all, names := make([]*Server, n), make([]string, n)
	peers, clients := freeAddresses(t, n), freeAddresses(t, n)
	for i := range all {
		names[i] = fmt.Sprintf("m%d=http://%s", i, peers[i])
	}
	for i := range all {
		own := []string{"-name", fmt.Sprint("m", i), "-listen-peer", peers[i], "-members", strings.Join(names, ",")}
		all[i] = prepare(t, clients[i], slices.Concat(args, own))
	}
	faults := make([]error, n)
	var started sync.WaitGroup
	for i, s := range all {
		started.Go(func() { faults[i] = s.etcd.Start() })
	}
	started.Wait()
	err := errors.Join(faults...)
	if err != nil {
		for _, s := range all {
			s.Kill()
		}
	}
	return all, err
}
