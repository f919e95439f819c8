//go:build linux

package main

import (
	"bufio"
	"strings"
	"testing"
)

// TestMemcachedProtocol writes requests of memcached's text protocol, and reads its replies as if they were RESP.
func TestMemcachedProtocol(t *testing.T) {
	got := string(memcachedRequest(memcachedRequest(nil, "SET", "k", "a\r\nb"), "GET", "k"))
	if want := "set k 0 0 4\r\na\r\nb\r\nget k\r\n"; got != want {
		t.Errorf("requests are %q, want %q", got, want)
	}
	r := bufio.NewReader(strings.NewReader("STORED\r\nVALUE k 0 4\r\na\r\nb\r\nEND\r\nEND\r\nSERVER_ERROR x\r\nVALUE k 0 4\r\na\r\nbEND\r\n\r\n"))
	for i, want := range []struct {
		text         string
		null, broken bool
	}{{"OK", false, false}, {"a\r\nb", false, false}, {"", true, false}, {"", false, true}, {"", false, true}} {
		rep, err := memcachedReply(r)
		if rep.Text != want.text || rep.Null != want.null || (err != nil) != want.broken {
			t.Errorf("reply %d is %+v, %v", i, rep, err)
		}
	}
}

// TestComparedServers reads the list of servers, and knows what each speaks.
func TestComparedServers(t *testing.T) {
	all, err := comparedServers("node=127.0.0.1:1,memcached-2=127.0.0.1:2")
	if err != nil || len(all) != 2 || all[0].protocol != "resp" || all[1].protocol != "memcached" || all[1].address != "127.0.0.1:2" {
		t.Errorf("%+v, %v", all, err)
	}
	for _, bad := range []string{"", "node", "=127.0.0.1:1", "node="} {
		if _, err := comparedServers(bad); err == nil {
			t.Errorf("%q is a list of servers", bad)
		}
	}
}
