package main

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMaxConnections: a connection beyond the limit is refused, and accepted once another has closed.
func TestMaxConnections(t *testing.T) {
	d := startConfig(t, `{"common": {"max_connections": 5},
		"servers": [{"id": "a", "address": "%A", "role": "primary"}]}`)
	d.serving()
	var taken []*conn
	for range 5 {
		c := d.dial()
		c.want("PING", "PONG")
		taken = append(taken, c)
	}
	over := d.dial()
	if got := over.line(); got != "ERROR: Too many connections" {
		t.Errorf("the sixth gets %q", got)
	}
	over.closed()
	if n := number(t, taken[0].stats(), "rejected_connections"); n != 1 {
		t.Errorf("%d rejected connections counted", n)
	}
	taken[0].Close() //nolint:errcheck // only to leave
	d.eventually("free place", func() bool {
		c := d.dial()
		defer c.Close()                 //nolint:errcheck // tried and left
		io.WriteString(c, "EXISTS k\n") //nolint:errcheck // it may be closed
		line, _ := c.r.ReadString('\n')
		return line == "0\n"
	})
}

// TestIdleTimeout: idle connections are closed, and only those. A client that a busy machine kept from sending does not
// count.
func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	const idleTimeout = time.Second
	d := startConfig(t, `{"common": {"idle_timeout": "1s"},
		"servers": [{"id": "a", "address": "%A", "role": "primary"}]}`)
	d.serving()
	began := time.Now() // before the node can begin to count
	idle := d.dial()
	ended := make(chan time.Duration, 1)
	go func() {
		io.Copy(io.Discard, idle.r) //nolint:errcheck // ends with the connection
		ended <- time.Since(began)
	}()
	spoke := time.Now()
	busy := d.dial()
	for closed := false; ; {
		io.WriteString(busy, "PING\n") //nolint:errcheck // the answer is checked
		line, err := busy.r.ReadString('\n')
		if now := time.Now(); now.Sub(spoke) > idleTimeout/2 {
			spoke = time.Now() // it may have been closed, and rightly
			busy = d.dial()
			continue
		} else if spoke = now; line != "PONG\n" {
			t.Fatalf("a client that speaks gets %q, %v", line, err)
		}
		if closed {
			return
		}
		select {
		case took := <-ended:
			if closed = true; took < idleTimeout*9/10 {
				t.Errorf("closed after %v", took)
			}
		case <-time.After(50 * time.Millisecond):
		}
		if time.Since(began) > patience {
			t.Fatal("not closed")
		}
	}
}

// TestHalfClose sends a pipeline, closes its sending half, and gets every reply.
func TestHalfClose(t *testing.T) {
	d := start(t)
	value := strings.Repeat("v", 60_000)
	d.dial().want("SET k "+value, "OK")
	const requests = 500
	c := d.dial()
	c.send(strings.Repeat("GET k\n", requests))
	if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	got, err := io.ReadAll(c.r)
	if want := strings.Repeat(value+"\n", requests); err != nil || string(got) != want {
		t.Errorf("got %d of %d bytes, %v", len(got), len(want), err)
	}
}

// TestFewDescriptors opens 5 bursts of 600 connections to a node that may have few files. It lives, and
// serves the remaining clients.
func TestFewDescriptors(t *testing.T) {
	for _, limit := range []int{64, 160, 1024} {
		t.Run(strconv.Itoa(limit), func(t *testing.T) {
			address := freeAddress(t)
			d := launch(t, t.TempDir(), "/bin/sh", "-c", fmt.Sprintf("ulimit -n %d; exec %s --address %s", limit, binary, address))
			d.address = address
			d.serving()
			stays := d.dial()
			stays.want("SET k v", "OK")
			for range 5 {
				var open []net.Conn
				for range 600 {
					if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
						open = append(open, c)
					}
				}
				for _, c := range open {
					c.Close() //nolint:errcheck // opened only to be closed
				}
			}
			stays.want("GET k", "v")
			d.eventually("place for a new client", func() bool {
				c, err := net.DialTimeout("tcp", address, patience/3)
				if err != nil {
					return false
				}
				defer c.Close()                             //nolint:errcheck // tried and left
				c.SetDeadline(time.Now().Add(patience / 3)) //nolint:errcheck // the read fails then
				io.WriteString(c, "GET k\n")                //nolint:errcheck // the read fails then
				reply := make([]byte, 2)
				_, err = io.ReadFull(c, reply)
				return err == nil && string(reply) == "v\n"
			})
			select {
			case <-d.Ended():
				t.Error("the node ended")
			default:
			}
		})
	}
}
