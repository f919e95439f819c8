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
	if _, err := program(); err != nil {
		t.Skipf("SKIPPED: no etcd: %v", err)
	}
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
	all, peers, names := make([]*Server, n), make([]string, n), make([]string, n)
	for i := range all {
		peers[i] = freeAddress(t)
		names[i] = fmt.Sprintf("m%d=http://%s", i, peers[i])
	}
	for i := range all {
		own := []string{"-name", fmt.Sprint("m", i), "-listen-peer", peers[i], "-members", strings.Join(names, ",")}
		s := &Server{t: t, Data: t.TempDir(), address: freeAddress(t), args: slices.Concat(args, own)}
		s.Endpoint = s.endpoint()
		t.Cleanup(s.Kill)
		all[i] = s
	}
	faults := make([]error, n)
	var started sync.WaitGroup
	for i, s := range all {
		started.Go(func() { faults[i] = s.launch() })
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
