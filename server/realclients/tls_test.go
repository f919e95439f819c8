package realclients

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/cachegopher/cachegopher/server/servertest"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
)

// dialled are the addresses that a client has connected to, with the number of connections.
type dialled struct {
	mu        sync.Mutex
	addresses map[string]int
}

// dial connects with TLS and notes the address.
func (d *dialled) dial(ctx context.Context, address string, conf *tls.Config) (net.Conn, error) {
	d.mu.Lock()
	if d.addresses == nil {
		d.addresses = map[string]int{}
	}
	d.addresses[address]++
	d.mu.Unlock()
	return (&tls.Dialer{NetDialer: &net.Dialer{Timeout: patience}, Config: conf}).DialContext(ctx, "tcp", address)
}

// want fails if the client has not connected to all TLS addresses of groups that it needs, or to an address of another
// kind.
func (d *dialled) want(t *testing.T, name string, groups [][]*servertest.Node) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	others := maps.Clone(d.addresses)
	for _, g := range groups {
		if d.addresses[g[0].TLSAddress] == 0 {
			t.Errorf("%s has not connected to %s, the primary %s", name, g[0].TLSAddress, g[0].ID)
		}
		for _, n := range g {
			delete(others, n.TLSAddress)
		}
	}
	if len(others) > 0 {
		t.Errorf("%s was sent to addresses without TLS: %v", name, slices.Collect(maps.Keys(others)))
	}
}

// TestClusterTLS uses clients of Redis Cluster that know one address with TLS: what they learn of the others, from
// descriptions of the cluster and from redirections, must be their addresses with TLS, after changes of primaries too.
func TestClusterTLS(t *testing.T) {
	groups := servertest.StartGroups(t, 2, 3, servertest.TLS())
	seed := groups[1][2]
	pem, err := os.ReadFile(seed.CA)
	if err != nil {
		t.Fatal(err)
	}
	conf := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"}
	if !conf.RootCAs.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate in the file of the authority")
	}
	all := []clusterClient{ours(t, seed.File)}
	connections := map[string]*dialled{}
	for name, o := range map[string]redis.ClusterOptions{"go-redis": {}, "go-redis, RESP2": {Protocol: 2}, "go-redis, reads of replicas": {ReadOnly: true}} {
		d := &dialled{}
		o.Addrs, o.ReadTimeout, o.WriteTimeout = []string{seed.TLSAddress}, patience, patience
		o.Dialer = func(ctx context.Context, _, address string) (net.Conn, error) { return d.dial(ctx, address, conf) }
		c := redis.NewClusterClient(&o)
		t.Cleanup(func() { _ = c.Close() })
		all, connections[name] = append(all, goRedisCluster(name, c)), d
	}
	d := &dialled{}
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{seed.TLSAddress}, DisableCache: true, ConnWriteTimeout: patience, TLSConfig: conf,
		DialCtxFn: func(ctx context.Context, address string, _ *net.Dialer, conf *tls.Config) (net.Conn, error) {
			return d.dial(ctx, address, conf)
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	all, connections["rueidis"] = append(all, rueidisCluster("rueidis", c)), d
	promoteUnder(t, groups, all)
	for name, d := range connections {
		d.want(t, name, groups)
	}
}
