//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func split(s string) []string { return strings.Split(s, ",") }

// conn is a RESP connection.
type conn struct {
	net.Conn
	r *bufio.Reader
}

func dial(port int) (*conn, error) {
	c, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

func command(dst []byte, args ...string) []byte {
	dst = fmt.Appendf(dst, "*%d\r\n", len(args))
	for _, a := range args {
		dst = fmt.Appendf(dst, "$%d\r\n%s\r\n", len(a), a)
	}
	return dst
}

func (c *conn) do(args ...string) (string, error) {
	if _, err := c.Write(command(nil, args...)); err != nil {
		return "", err
	}
	return c.reply()
}

// reply reads a string, a number or a bulk string.
func (c *conn) reply() (string, error) {
	line, err := c.r.ReadString('\n')
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(line[1:], "\r\n")
	switch line[0] {
	case '-':
		return "", fmt.Errorf("%s", text)
	case '$':
		var n int
		if _, err := fmt.Sscan(text, &n); err != nil || n < 0 {
			return "", err
		}
		b := make([]byte, n+2)
		_, err := io.ReadFull(c.r, b)
		return string(b[:n]), err
	}
	return text, nil
}

var value = strings.Repeat("v", 100)

// keyLen is how long the keys of fill are.
const keyLen = len("key:0123456789")

// fill stores entries with a value.
func fill(port, entries int, value string) error {
	c, err := dial(port)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // done with it
	const batch = 500
	for i := 0; i < entries; i += batch {
		var b []byte
		n := min(batch, entries-i)
		for j := i; j < i+n; j++ {
			b = command(b, "SET", fmt.Sprintf("key:%010d", j), value)
		}
		if _, err := c.Write(b); err != nil {
			return err
		}
		for range n {
			if _, err := c.r.Discard(len("+OK\r\n")); err != nil {
				return err
			}
		}
	}
	return nil
}

// load writes at a rate, in bursts of a millisecond, until stop is closed. It returns how many were
// acknowledged.
func load(port, rate, keys int, stop <-chan struct{}) (int64, error) {
	const conns = 4
	var done atomic.Int64
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	for i := range conns {
		all.Go(func() {
			if err := loadOne(port, rate/conns, keys, i, &done, stop); err != nil {
				failed.Store(&err)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return done.Load(), *err
	}
	return done.Load(), nil
}

func loadOne(port, rate, keys, seed int, done *atomic.Int64, stop <-chan struct{}) error {
	c, err := dial(port)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // done with it
	start, sent, n := time.Now(), 0, uint64(seed)
	var b []byte
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		burst := int(time.Since(start).Seconds()*float64(rate)) - sent
		if burst <= 0 {
			time.Sleep(time.Millisecond)
			continue
		}
		burst = min(burst, 1000)
		b = b[:0]
		for range burst {
			n = n*6364136223846793005 + 1442695040888963407
			b = command(b, "SET", fmt.Sprintf("key:%010d", n>>33%uint64(keys)), value)
		}
		if _, err := c.Write(b); err != nil {
			return err
		}
		if _, err := c.r.Discard(burst * len("+OK\r\n")); err != nil {
			return err
		}
		sent += burst
		done.Add(int64(burst))
	}
}

// times are durations of something.
type times []time.Duration

func (t times) at(part float64) time.Duration {
	if len(t) == 0 {
		return 0
	}
	s := slices.Clone(t)
	slices.Sort(s)
	return s[min(int(part*float64(len(s))), len(s)-1)]
}

func (t times) String() string {
	us := func(p float64) time.Duration { return t.at(p).Round(10 * time.Microsecond) }
	return fmt.Sprintf("p50 %v, p90 %v, p99 %v, most %v of %d", us(0.5), us(0.9), us(0.99), us(1), len(t))
}

// writeTimes writes one at a time until stop is closed and returns how long each took.
func writeTimes(port int, stop <-chan struct{}) (t times, err error) {
	return requestTimes(port, stop, func(i int) []string { return []string{"SET", fmt.Sprint("probe", i%100), value} })
}

// readTimes is writeTimes for GETs of keys that fill has written.
func readTimes(port int, stop <-chan struct{}) (t times, err error) {
	return requestTimes(port, stop, func(i int) []string { return []string{"GET", fmt.Sprintf("key:%010d", i%1000)} })
}

func requestTimes(port int, stop <-chan struct{}, request func(i int) []string) (t times, err error) {
	c, err := dial(port)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // done with it
	for i := 0; ; i++ {
		select {
		case <-stop:
			return t, nil
		default:
		}
		began := time.Now()
		if _, err := c.do(request(i)...); err != nil {
			return t, err
		}
		t = append(t, time.Since(began))
		time.Sleep(200 * time.Microsecond)
	}
}
