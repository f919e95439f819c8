//go:build linux

package moves

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/cluster"
	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/client"
)

// peer is the target for other clients, which is in the build with the peers.
const peer = "go-redis-cluster://"

// deadline of a request, and how long clients wait for a reply; longer than any change of primary, and than a busy machine
// takes: a client that gives up earlier may send a write again, and the first be executed after a later one.
const deadline = 20 * time.Second

// store is a client of the cluster.
type store struct {
	name   string
	behind bool // reads may come from secondaries, and return older versions
	sut.Caller
}

// ours is our client. options are those of reads.
type ours struct {
	sut.Unsupported
	c       *client.Client
	options []client.ReadOption
}

func (o ours) Get(ctx context.Context, key string, dst []byte) ([]byte, bool, error) {
	v, err := o.c.GetTo(ctx, key, dst, o.options...)
	if errors.Is(err, client.ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

// Set does not send a write again whose outcome is unknown: the first could be executed after a later one.
func (o ours) Set(ctx context.Context, key string, value []byte, _ time.Duration) error {
	return o.c.Set(ctx, key, value)
}

func (o ours) Close() error { return o.c.Close() }

// seeds are the addresses of the nodes of the first two groups, one of each group first.
func seeds(c *cluster.Cluster) (all []string) {
	for i := range c.Groups[0].Nodes {
		for _, g := range c.Groups[:2] {
			all = append(all, g.Nodes[i].Address)
		}
	}
	return all
}

// openStores returns our client with reads from primaries, ours with reads from any member, and the peer, if it is known.
// Requests are spread over them evenly.
func openStores(ctx context.Context, c *cluster.Cluster, schemes sut.Schemes) (all []store, err error) {
	defer func() {
		if err != nil {
			closeStores(all)
		}
	}()
	addresses := seeds(c)
	for name, options := range map[string][]client.ReadOption{"ours": {client.FromPrimary()}, "ours, any member": nil} {
		cl, err := client.New(client.WithSeeds(addresses...), client.WithReadTimeout(deadline))
		if err != nil {
			return all, err
		}
		all = append(all, store{name, options == nil, ours{c: cl, options: options}})
	}
	if _, known := schemes[peer]; known {
		for range 2 { // half of the requests
			t, err := schemes.Open(ctx, peer+strings.Join(addresses, ","), sut.Options{Timeout: deadline})
			if err != nil {
				return all, err
			}
			all = append(all, store{"go-redis", false, t.Caller})
		}
	}
	return all, nil
}

func closeStores(all []store) {
	for _, s := range all {
		s.Close() //nolint:errcheck // nothing is in flight
	}
}
