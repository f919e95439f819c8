//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// noise returns n random bytes.
func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func randomBytes(f *field) error {
	return f.each(8, func(i int, r *rand.Rand) error {
		b := noise(r, 1+r.IntN(20_000))
		if i%2 == 0 {
			b[0] = '*'
		}
		return f.throw(i, b)
	})
}

// validTraffic returns a pipeline of valid requests, none of which flushes or reconfigures.
func validTraffic(r *rand.Rand) []byte {
	var b []byte
	for range 1 + r.IntN(20) {
		key := fmt.Sprint("mutant:", r.IntN(50))
		switch r.IntN(6) {
		case 0:
			b = wire.Request(b, "SET", key, strings.Repeat("m", r.IntN(3000)), "PX", fmt.Sprint(r.IntN(5000)))
		case 1:
			b = wire.Request(b, "MGET", key, key+"0", key+"1")
		case 2:
			b = wire.Request(b, "INCRBY", key, fmt.Sprint(r.Int64()))
		case 3:
			b = wire.Request(b, "SETRANGE", key, fmt.Sprint(r.IntN(70_000)), "x")
		case 4:
			b = wire.Request(b, "HELLO", "3")
		default:
			b = wire.Request(b, "GET", key)
		}
	}
	return b
}

func mutated(f *field) error {
	return f.each(8, func(i int, r *rand.Rand) error {
		b := validTraffic(r)
		for range 1 + r.IntN(5) {
			at := r.IntN(len(b))
			switch r.IntN(4) {
			case 0:
				b[at] = byte(r.Uint32())
			case 1:
				b = append(b[:at], b[min(len(b), at+1+r.IntN(20)):]...)
			case 2:
				b = append(b[:at], append([]byte(fmt.Sprint(r.Int64())), b[at:]...)...)
			default:
				b = append(b, b[at:]...)
			}
			if len(b) == 0 {
				b = []byte("*")
			}
		}
		return f.throw(i, b)
	})
}

func mixed(f *field) error {
	return f.each(8, func(i int, r *rand.Rand) error {
		var b []byte
		for range 1 + r.IntN(10) {
			if r.IntN(2) == 0 {
				b = append(b, "GET mixed\nSET mixed 1\nKEYS mixed\n"...)
			} else {
				b = append(b, validTraffic(r)...)
			}
		}
		return f.throw(i, b)
	})
}

func webPage(f *field) error {
	methods := []string{"GET", "POST", "PUT", "OPTIONS", "HEAD", "DELETE"}
	return f.each(8, func(i int, _ *rand.Rand) error {
		body := "SET fromweb 1\nFLUSH\n"
		return f.throw(i, fmt.Appendf(nil, "%s / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", methods[i%len(methods)], len(body), body))
	})
}

func binaryNoise(f *field) error {
	greetings := [][]byte{
		{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3},            // TLS
		[]byte("SSH-2.0-OpenSSH_9.2\r\n"),                  // SSH
		{0x80, 0, 0, 5, 0, 0, 0, 0},                        // memcached's binary dialect
		{0, 0, 0, 8, 4, 210, 22, 47},                       // PostgreSQL's request for TLS
		[]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),         // HTTP/2
		append([]byte{3, 0, 0, 19}, make([]byte, 4000)...), // RDP
	}
	return f.each(8, func(i int, r *rand.Rand) error {
		return f.throw(i, slices.Concat(greetings[i%len(greetings)], noise(r, r.IntN(500))))
	})
}
