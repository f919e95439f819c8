package sut

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/cachegopher/cachegopher/client"
)

// openSpawn starts a server on a free port, on the cores that Options name, and waits until it answers. Options of
// the URL: memory; binary, for another build; dialect=line to speak that to our node; secondaries=N to start as many
// of it; tls=1 to load it over TLS; client=tcp to load our node through the Go client, client=local through one that reads
// the node's memory; policy=NAME to choose our node's eviction policy.
func openSpawn(ctx context.Context, rest string, o Options) (*Target, error) {
	name, query, _ := strings.Cut(rest, "?")
	if _, ok := programs[name]; !ok {
		_, err := NewGroup(name, 0, o)
		return nil, err
	}
	u, err := parseRest("x?"+query, "memory", "binary", "dialect", "secondaries", "tls", "client", "policy")
	if err != nil {
		return nil, err
	}
	q := u.Query()
	if o.Memory, _, err = budget(q, o); err != nil {
		return nil, err
	}
	p, err := policyOf(q)
	if err != nil {
		return nil, err
	}
	if q.Has("policy") && name != "cachegopher" {
		return nil, fmt.Errorf("policy: for cachegopher, not for %s", name)
	}
	o.Binary = q.Get("binary")
	secondaries := 0
	if text := q.Get("secondaries"); text != "" {
		if secondaries, err = strconv.Atoi(text); err != nil || secondaries < 0 || secondaries > 5 {
			return nil, fmt.Errorf("secondaries %q is not a number from 0 to 5", text)
		}
	}
	g, err := NewGroup(name, secondaries, o)
	if err != nil {
		return nil, err
	}
	g.policy = p
	if err := g.configure(name, q); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	all, err := g.StartAll(ctx)
	if err != nil {
		if g.secure && ctx.Err() == nil && name != "cachegopher" {
			err = fmt.Errorf("%w: perhaps it was built without TLS: %w", ErrMissing, err)
		}
		return nil, errors.Join(err, g.Close())
	}
	all[0].OnClose(g.Close)
	if q.Get("client") != "" {
		if err := all[0].throughClient(ctx, g.local); err != nil {
			return nil, errors.Join(err, all[0].Close())
		}
	}
	return all[0], nil
}

// configure sets how the servers, which are called name, are loaded by the options q of a URL: dialect, tls and client.
func (g *Group) configure(name string, q url.Values) error {
	switch d := q.Get("dialect"); {
	case d == "line" && name == "cachegopher":
		g.program.dialect = Line{}
	case d != "" && d != "resp":
		return fmt.Errorf("dialect %q: resp, or line for cachegopher", d)
	}
	if q.Get("tls") == "1" {
		if err := g.withTLS(); err != nil {
			return fmt.Errorf("tls: %w", err)
		}
	}
	switch through := q.Get("client"); {
	case through != "" && (name != "cachegopher" || through != "tcp" && through != "local" || g.secure):
		return fmt.Errorf("client %q: tcp or local, for cachegopher without TLS", through)
	case through == "local":
		g.local = true
	}
	return nil
}

// throughClient makes a Go client the Caller of t, in place of raw connections.
func (t *Target) throughClient(ctx context.Context, local bool) error {
	opts := []client.Option{client.WithServers(t.Wire.Address)}
	if local {
		opts = append(opts, client.WithLocalReads())
	}
	t.Wire = nil
	return t.useClient(ctx, local, opts...)
}
