package node

import (
	"context"
	"errors"
	"net/netip"
	"testing"
)

// names is a resolver that knows some names.
type names map[string][]string

func (n names) LookupNetIP(_ context.Context, _, host string) (all []netip.Addr, err error) {
	if n[host] == nil {
		return nil, errors.New("no such host")
	}
	for _, a := range n[host] {
		all = append(all, netip.MustParseAddr(a))
	}
	return all, nil
}

// TestOpenTo: a name is publicly reachable if any of its addresses is.
func TestOpenTo(t *testing.T) {
	r := names{
		"localhost": {"127.0.0.1", "::1"}, "node": {"10.0.0.1", "fd00::1"}, "mixed": {"10.0.0.1", "2001:db8::1"},
		"mapped": {"::ffff:10.0.0.1"}, "mappedpublic": {"127.0.0.1", "::ffff:8.8.8.8"}, "shared": {"100.64.0.1"},
	}
	for address, want := range map[string]string{
		"unix:///run/n.sock": "", "127.0.0.1:1": "", "[::1]:1": "", "localhost:1": "", "[::ffff:127.0.0.1]:1": "",
		"10.1.2.3:1": "", "192.168.0.1:1": "", "[fd00::1]:1": "", "[fe80::1%lo]:1": "", "node:1": "", "mapped:1": "", "unknown:1": "",
		":1": " is every address of this machine", "0.0.0.0:1": " is every address of this machine",
		"[::]:1": " is every address of this machine", "[::ffff:0.0.0.0]:1": " is every address of this machine",
		"8.8.8.8:1": " is a public address", "[2001:db8::1]:1": " is a public address", "100.64.0.1:1": " is a public address",
		"mixed:1":        " stands for 2001:db8::1, which is a public address",
		"mappedpublic:1": " stands for 8.8.8.8, which is a public address",
		"shared:1":       " stands for 100.64.0.1, which is a public address",
	} {
		if got := openTo(t.Context(), r, address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
