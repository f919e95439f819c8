package main

import (
	"context"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/client/nearcache"
)

// openNear opens near:FILE.json or near://host:port: the Go client with a near cache of the default size, whose copies may
// be older than the last write.
func openNear(ctx context.Context, rest string, o sut.Options) (*sut.Target, error) {
	near, err := nearcache.New(nearcache.Options{})
	if err != nil {
		return nil, err
	}
	o.Client = append(o.Client, client.WithNearCache(near))
	t, err := sut.OpenClient(ctx, rest, o)
	if err != nil {
		near.Close()
		return nil, err
	}
	t.Eventual = true
	t.OnClose(func() error { near.Close(); return nil })
	return t, nil
}
