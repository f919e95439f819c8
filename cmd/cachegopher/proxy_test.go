package main

import (
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/netfault"
)

// What proxies do by default, what slows them down, and what makes them drop everything.
var (
	pieces = netfault.Fault{Split: 3}
	slow   = netfault.Fault{Split: 3, Delay: 20 * time.Millisecond}
	mute   = netfault.Fault{LoseDown: true, LoseUp: true}
)

// newProxy starts a proxy that ends with the test.
func newProxy(t *testing.T, to string, seed uint64) *netfault.Proxy {
	t.Helper()
	p, err := netfault.New(to, seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	p.Does(pieces)
	return p
}

// hold makes a proxy accept connections and pass nothing on, until the returned function is called.
func hold(t *testing.T, p *netfault.Proxy) (release func()) {
	held := make(chan struct{})
	p.Does(netfault.Fault{Hold: held})
	release = sync.OnceFunc(func() {
		p.Does(pieces)
		close(held)
	})
	t.Cleanup(release)
	return release
}
