//go:build linux

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// connectionAttacks do harm by connections alone, or by incomplete requests.
func connectionAttacks() []attack {
	return []attack{
		{family: "clients", name: "idle connections", full: 10_000, quick: 500, run: idle},
		{family: "clients", name: "connects and disconnects", full: 100_000, quick: 2000, run: churn},
		{family: "clients", name: "resets at random points of a request or its reply", full: 10_000, quick: 300, run: resets},
		{family: "clients", name: "one byte a second (slow loris)", full: 1000, quick: 50, run: loris},
		{family: "clients", name: "half requests, left", full: 1000, quick: 100, run: halves},
		{family: "clients", name: "connections beyond max_connections", full: 2000, quick: 200, settings: settings{common: map[string]any{"max_connections": 100}},
			line: passLine{counted: map[string]uint64{"cachegopher_connections_rejected_total": 100}}, run: tooMany},
		{family: "clients", name: "half-close after a pipeline", full: 1000, quick: 50, run: halfClose},
	}
}

func idle(f *field) error {
	return f.hold(pick(f, 5*time.Second, 300*time.Millisecond), func(int, net.Conn) error { return nil })
}

func churn(f *field) error {
	return f.each(32, func(i int, r *rand.Rand) error {
		c, err := f.conn(i)
		if err != nil {
			return err
		}
		if r.IntN(2) == 0 {
			reset(c)
			return nil
		}
		return c.Close()
	})
}

// resets sends a part of a pipeline, reads a part of the replies, and resets the connection.
func resets(f *field) error {
	var pipeline []byte
	for i := range 40 {
		pipeline = wire.Request(pipeline, "SET", fmt.Sprint("reset:", i), strings.Repeat("r", 100*i))
		pipeline = wire.Request(pipeline, "GET", fmt.Sprint("reset:", i))
	}
	return f.eachConn(16, func(i int, r *rand.Rand, c *peer) error {
		defer reset(c.Conn)
		if _, err := c.Write(pipeline[:1+r.IntN(len(pipeline))]); err != nil {
			return err
		}
		if r.IntN(3) > 0 {
			if err := c.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil { // there may be no reply yet
				return err
			}
			if _, err := io.ReadFull(c, make([]byte, 1+r.IntN(30))); err == io.EOF || err == io.ErrUnexpectedEOF {
				return fmt.Errorf("the node closed: %w", err)
			}
		}
		return nil
	})
}

// loris sends requests at one byte a second.
func loris(f *field) error {
	request := []byte("SET loris 1\n")
	slow := pick(f, 10, 2) // bytes sent one a second
	return f.keep(f.conn, func(conns []net.Conn) error {
		for second := range slow {
			for _, c := range conns {
				if _, err := c.Write(request[second : second+1]); err != nil {
					return err
				}
			}
			if err := sleep(f.ctx, time.Second); err != nil {
				return err
			}
		}
		for _, c := range conns { // complete requests are answered
			if _, err := c.Write(request[slow:]); err != nil {
				return err
			}
			reply := make([]byte, 3)
			if _, err := io.ReadFull(c, reply); err != nil || string(reply) != "OK\n" {
				return fmt.Errorf("a slow SET is answered %q, %v", reply, err)
			}
		}
		return nil
	})
}

// halves sends requests of 60 KB without their end.
func halves(f *field) error {
	line := []byte("SET half " + strings.Repeat("h", 60_000))
	resp := wire.Request(nil, "SET", "half", strings.Repeat("h", 60_000))
	return f.hold(pick(f, 5*time.Second, 500*time.Millisecond), func(i int, c net.Conn) error {
		half := line
		if i%2 == 0 {
			half = resp[:len(resp)-1-i%60_000]
		}
		_, err := c.Write(half)
		return err
	})
}

func tooMany(f *field) error {
	const want = "ERROR: Too many connections\n"
	first := make([]net.Conn, 0, 100)
	defer func() {
		for _, c := range first {
			c.Close() //nolint:errcheck // done with it
		}
	}()
	for range 100 - politeClients {
		c, err := f.conn(0)
		if err != nil {
			return err
		}
		first = append(first, c)
	}
	time.Sleep(200 * time.Millisecond) // until they are counted
	return f.eachConn(8, func(i int, _ *rand.Rand, c *peer) error {
		if _, err := io.WriteString(c, "GET k\n"); err != nil {
			return err
		}
		if text, err := io.ReadAll(c); string(text) != want {
			return fmt.Errorf("a connection over the limit is answered %q, %v", text, err)
		}
		return nil
	})
}

// halfClose sends a pipeline, half-closes, and expects every reply.
func halfClose(f *field) error {
	return f.eachConn(8, func(i int, r *rand.Rand, c *peer) error {
		value := strings.Repeat("c", 1+r.IntN(20_000))
		n := 1 + r.IntN(60)
		if _, err := fmt.Fprintf(c, "SET closed:%d %s\n%s", i%8, value, strings.Repeat(fmt.Sprintf("ECHO\nGET closed:%d\n", i%8), n)); err != nil {
			return err
		}
		if err := tcp(c.Conn).CloseWrite(); err != nil {
			return err
		}
		all, err := io.ReadAll(c)
		if got := strings.Count(string(all), "\n"); err != nil || got != 1+2*n {
			return fmt.Errorf("%d replies of %d, %v", got, 1+2*n, err)
		}
		f.replies.Add(int64(n))
		return nil
	})
}
