//go:build linux

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// replyAttacks request more than they read, or send expensive commands.
func replyAttacks() []attack {
	return []attack{
		{family: "clients", name: "never reading 64 KB replies", full: 1000, quick: 40, run: neverRead},
		{family: "clients", name: "tiny receive windows", full: 200, quick: 3, run: smallWindows},
		{family: "clients", name: "pipelines of 100,000 requests in one write", full: 50, quick: 2, line: passLine{beside: true}, run: pipelines},
		{family: "clients", name: "storm of KEYS, SCAN, MGET of 1,000 64 KB values, FLUSH", full: 400, quick: 4, run: storm},
		{family: "clients", name: "keys that collide under hash seed 0", full: 20_000, quick: 1000, run: collisions},
		{family: "clients", name: "CONFIG SET of budgets, CLIENT KILL of others' connections", full: 500, quick: 30, run: meddling},
	}
}

const bigValue = 65_000

// store sets keys prefix0 to prefix(n-1) to values of size bytes.
func (f *field) store(prefix string, n, size int) error {
	return f.withConn(f.node.address, 0, func(c *peer) error {
		for i := range n {
			if _, err := c.Do(20*time.Second, "SET", fmt.Sprint(prefix, i), strings.Repeat("b", size)); err != nil {
				return err
			}
		}
		return nil
	})
}

// neverRead requests 20 MB of replies and reads nothing.
func neverRead(f *field) error {
	if err := f.store("big", 1, bigValue); err != nil {
		return err
	}
	requests := []byte(strings.Repeat("GET big0\n", 300)) // 20 MB of replies
	return f.hold(pick(f, 10*time.Second, time.Second), func(_ int, c net.Conn) error {
		_, err := c.Write(requests)
		if gone(err) {
			err = nil // closed, to keep within client_buffers
		}
		return err
	})
}

// smallWindows reads its replies through the smallest possible receive buffer, and expects all of them.
func smallWindows(f *field) error {
	if err := f.store("window", 1, bigValue); err != nil {
		return err
	}
	n := pick(f, 2, 1)
	return f.eachConn(f.count, func(i int, _ *rand.Rand, c *peer) error {
		if err := tcp(c.Conn).SetReadBuffer(1); err != nil {
			return err
		}
		if _, err := io.WriteString(c, strings.Repeat("GET window0\n", n)); err != nil {
			return err
		}
		b, got := make([]byte, 1024), 0
		for got < n*(bigValue+1) {
			m, err := c.Read(b)
			if err != nil {
				return fmt.Errorf("after %d of %d bytes: %w", got, n*(bigValue+1), err)
			}
			got += m
		}
		return nil
	})
}

// pipelines sends 100,000 requests at once and counts the replies.
func pipelines(f *field) error { return f.pipelines(resp) }

func (f *field) pipelines(p protocol) error {
	const requests = 100_000
	return f.eachConn(2, func(i int, _ *rand.Rand, c *peer) error {
		var b []byte
		for j := range requests / 2 {
			b = p.request(b, "SET", fmt.Sprintf("pipe:%d:%d", i, j%100), fmt.Sprint(j))
			b = p.request(b, "GET", fmt.Sprintf("pipe:%d:%d", i, j%100))
		}
		sent := make(chan error, 1)
		go func() {
			_, err := c.Write(b)
			sent <- err
		}()
		for j := range requests / 2 {
			for _, want := range []string{"OK", fmt.Sprint(j)} {
				rep, err := p.reply(c.R)
				if err != nil || rep.Text != want && !rep.Null {
					return fmt.Errorf("reply %d of a pipeline is %v, %v, not %q", j, rep, err, want)
				}
			}
		}
		f.replies.Add(requests)
		return <-sent
	})
}

// storm makes several clients send expensive commands at once.
func storm(f *field) error {
	values := pick(f, 900, 300)
	if err := f.store("storm:", values, bigValue); err != nil {
		return err
	}
	if err := f.store("small:", 5000, 10); err != nil {
		return err
	}
	many := []string{"MGET"}
	for i := range 1000 {
		many = append(many, fmt.Sprint("storm:", i%values))
	}
	return f.eachConn(4, func(i int, r *rand.Rand, c *peer) (err error) {
		switch i % 4 {
		case 0:
			_, err = c.Do(60*time.Second, many...)
		case 1:
			_, err = c.Do(60*time.Second, "KEYS", "*")
		case 2:
			err = walk(c)
		default:
			if r.IntN(5) == 0 {
				if _, err := c.Do(60*time.Second, "FLUSHALL"); err != nil {
					return err
				}
			}
			_, err = c.Do(60*time.Second, "SET", fmt.Sprint("storm:", r.IntN(values)), strings.Repeat("s", bigValue))
		}
		return err
	})
}

// walk scans all keys.
func walk(c *peer) error {
	for cursor := "0"; ; {
		rep, err := c.Do(60*time.Second, "SCAN", cursor, "COUNT", "1000")
		if err != nil || rep.Elems[0].Text == "0" {
			return err
		}
		cursor = rep.Elems[0].Text
	}
}

// meddling kills connections and changes the memory budget, again and again.
func meddling(f *field) error {
	var mu sync.Mutex // one CONFIG SET at a time
	err := f.eachConn(4, func(i int, r *rand.Rand, victim *peer) error {
		id, err := victim.Do(20*time.Second, "CLIENT", "ID")
		if err != nil {
			return err
		}
		c, err := nodeprocess.Dial(f.ctx, f.node.address)
		if err != nil {
			return err
		}
		defer c.Close() //nolint:errcheck // done with it
		if _, err := c.Do(20*time.Second, "CLIENT", "KILL", "ID", id.Text); err != nil {
			return err
		}
		if _, err := victim.Do(20*time.Second, "PING"); err == nil || refused(err) {
			return fmt.Errorf("a killed connection answers: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		_, err = c.Do(20*time.Second, "CONFIG", "SET", "maxmemory", fmt.Sprint(maxMemory/(1+r.IntN(16))))
		return err
	})
	if _, more := nodeprocess.Ask(f.ctx, f.node.address, "CONFIG", "SET", "maxmemory", fmt.Sprint(maxMemory)); err == nil {
		err = more
	}
	return err
}
