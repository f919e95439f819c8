//go:build linux

package main

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cachegopher/cachegopher/internal/certs/certstest"
	"github.com/cachegopher/cachegopher/server/servertest"
)

// filled starts a node that holds the keys below n.
func filled(t *testing.T, n uint64, d dialect) string {
	node := servertest.Start(t)
	next := uint64(0)
	w := work{value: 10, conns: 2, depth: 8, sets: 1}
	l, err := newLoad(node.Direct, w, d, ascending(&next))
	if err != nil {
		t.Fatal(err)
	}
	defer l.close() //nolint:errcheck // it is a test's
	if err := l.run(func() bool { return next < n }); err != nil {
		t.Fatal(err)
	}
	return node.Direct
}

func TestLoadOnNode(t *testing.T) {
	d := newDialect("cachegopher", 10)
	address := filled(t, 1000, d)
	for _, w := range []work{
		{value: 10, conns: 1, depth: 1}, {value: 10, conns: 5, depth: 1}, {value: 10, conns: 3, depth: 64, sets: 10},
	} {
		l, err := newLoad(address, w, d, uniform(1000, 1))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			turns := 0
			if err := l.run(func() bool { turns++; return turns < 200 }); err != nil {
				t.Errorf("%+v: %v", w, err)
			}
		}
		if err := l.close(); err != nil {
			t.Error(err)
		}
	}
}

// A reply that is not the expected one must not pass: neither a miss nor another value.
func TestLoadNoticesWrongReplies(t *testing.T) {
	address := filled(t, 10, newDialect("cachegopher", 10))
	for want, keys := range map[string]func(int) func() uint64{"$-1": uniform(1<<30, 1), "xxxxxxxxxx": uniform(10, 1)} {
		l, err := newLoad(address, work{value: 10, conns: 1, depth: 2}, newDialect("cachegopher", 11), keys)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.run(func() bool { return false }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want one that tells of %q", err, want)
		}
		l.close() //nolint:errcheck // it is a test's
	}
}

// TestStreams loads a node without TLS and with it, and notices a wrong reply.
func TestStreams(t *testing.T) {
	d := newDialect("cachegopher", 10)
	address := filled(t, 1000, d)
	plain := &server{name: "plain", address: address}
	secured := &server{name: "secured", secure: tlsBefore(t, address)}
	for _, s := range []*server{plain, secured} {
		l, err := newStreams(s, work{value: 10, conns: 3, depth: 16, sets: 10}, d, uniform(1000, 1))
		if err != nil {
			t.Fatal(err)
		}
		var turns atomic.Int64
		if err := l.run(func() bool { return turns.Add(1) < 100 }); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		l.d, l.w.sets = newDialect("cachegopher", 11), 0 // sets would leave values of 11 bytes to the next
		if err := l.run(func() bool { return false }); err == nil || !strings.Contains(err.Error(), "xxxxxxxxxx") {
			t.Errorf("%s: a wrong reply passed: %v", s.name, err)
		}
		l.close() //nolint:errcheck // it is a test's
	}
}

// tlsBefore is a listener with TLS whose connections lead to address.
func tlsBefore(t *testing.T, address string) string {
	t.Helper()
	folder := t.TempDir()
	cert, key := certstest.New(t, folder).Issue(t, folder, "node")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) //nolint:errcheck // it is a test's
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", address)
			if err != nil {
				in.Close() //nolint:errcheck // the test sees it
				continue
			}
			go func() { _, _ = io.Copy(out, in); out.Close() }() //nolint:errcheck // it is a test's
			go func() { _, _ = io.Copy(in, out); in.Close() }()  //nolint:errcheck // it is a test's
		}
	}()
	return l.Addr().String()
}

func TestConnectionsDrawOnTheirOwn(t *testing.T) {
	keys := uniform(1<<40, 7)
	a, b := keys(0), keys(1)
	same := 0
	for range 1000 {
		if a() == b() {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d of 1000 keys are the same on two connections", same)
	}
}
