//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// protocol is how requests are written, and replies read as if they were RESP.
type protocol struct {
	request func(dst []byte, args ...string) []byte
	reply   func(r *bufio.Reader) (wire.Reply, error)
}

var (
	resp      = protocol{wire.Request, wire.ReadReply}
	memcached = protocol{memcachedRequest, memcachedReply}
)

// protocolOf returns the protocol of this name: memcached's, or else RESP.
func protocolOf(name string) protocol {
	if name == "memcached" {
		return memcached
	}
	return resp
}

// memcachedRequest appends a GET or SET as memcached's text protocol has it.
func memcachedRequest(dst []byte, args ...string) []byte {
	if args[0] == "SET" {
		return fmt.Appendf(dst, "set %s 0 0 %d\r\n%s\r\n", args[1], len(args[2]), args[2])
	}
	return append(append(append(dst, "get "...), args[1]...), "\r\n"...)
}

// memcachedReply reads the reply to a request of memcachedRequest.
func memcachedReply(r *bufio.Reader) (rep wire.Reply, err error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return rep, err
	}
	switch line {
	case "STORED\r\n":
		return wire.Reply{Kind: '+', Text: "OK", Raw: line}, nil
	case "END\r\n":
		return wire.Reply{Kind: '$', Null: true, Raw: line}, nil
	}
	var key string
	var flags, size int
	if n, _ := fmt.Sscanf(line, "VALUE %s %d %d\r\n", &key, &flags, &size); n < 3 {
		return rep, fmt.Errorf("no reply begins %q", line)
	}
	const end = "\r\nEND\r\n"
	b := make([]byte, size+len(end))
	if _, err := io.ReadFull(r, b); err != nil {
		return rep, err
	}
	text, whole := strings.CutSuffix(string(b), end)
	if !whole {
		return rep, fmt.Errorf("no value ends %q", b[size:])
	}
	return wire.Reply{Kind: '$', Text: text, Raw: line}, nil
}
