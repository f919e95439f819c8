//go:build linux

package main

import (
	"bufio"
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/internal/testkit"
)

// liar is a node of the line dialect that keeps values and, on demand, answers wrongly.
type liar struct {
	mu    sync.Mutex
	store map[string][]string // all values that a key had
	lie   string
}

func (l *liar) answer(line string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	parts := strings.SplitN(line, " ", 3)
	if len(parts) == 3 {
		l.store[parts[1]] = append(l.store[parts[1]], parts[2])
		return "OK"
	}
	all := l.store[parts[1]]
	if len(all) == 0 {
		return "ERROR: Key not found"
	}
	value := all[len(all)-1]
	switch l.lie {
	case "older":
		value = all[0]
	case "other":
		for key, others := range l.store {
			if key != parts[1] {
				value = others[len(others)-1]
			}
		}
	case "broken":
		value = value[:len(value)-1] + "."
	case "step":
		return "PONG"
	}
	return value
}

func (l *liar) serve(c net.Conn) {
	for r := bufio.NewScanner(c); r.Scan(); {
		if l.lie == "hang up" && strings.HasPrefix(r.Text(), "GET") {
			return
		}
		if _, err := c.Write([]byte(l.answer(r.Text()) + "\n")); err != nil {
			return
		}
	}
}

// TestWellBehavedClientsSeeLies has a node lie in every way: clients notice, and find nothing in an honest one.
func TestWellBehavedClientsSeeLies(t *testing.T) {
	for _, lie := range []string{"", "older", "other", "broken", "step", "hang up"} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			c := &crowd{values: newValues(), hist: result.NewHistogram(), now: seen{Errors: map[string]int64{}}, lastOK: time.Now()}
			l := &liar{store: map[string][]string{}, lie: lie}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			go c.work(ctx, job{address: testkit.Serve(t, l.serve).Address, keys: 20, writes: true, exact: true, lines: true, every: time.Millisecond, seed: 1})
			var got seen
			for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
				s := c.take()
				got.Requests, got.Wrong = got.Requests+s.Requests, got.Wrong+s.Wrong
				if len(s.Errors) > 0 {
					got.Errors = s.Errors
				}
				if lie != "" && (got.Wrong > 0 || got.Errors != nil) || lie == "" && got.Requests > 500 {
					break
				}
			}
			switch {
			case lie == "" && (got.Wrong > 0 || got.Errors != nil || got.Requests <= 500):
				t.Errorf("an honest node: %+v", got)
			case lie == "hang up" && got.Errors["closed"] == 0:
				t.Errorf("a node that hangs up: %+v", got)
			case lie != "" && lie != "hang up" && got.Wrong == 0:
				t.Errorf("clients saw nothing: %+v", got)
			}
		})
	}
}
