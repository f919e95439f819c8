//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/cachegopher/cachegopher/bench/result"
	"github.com/cachegopher/cachegopher/internal/timeslice"
)

// seen is what well-behaved clients observed since the last take.
type seen struct {
	Requests  int64            `json:"requests"`
	Misses    int64            `json:"misses"`
	Wrong     int64            `json:"wrong"`     // values that nobody wrote for this key, or older than the last
	OutOfStep int64            `json:"outOfStep"` // replies that cannot belong to the request
	Errors    map[string]int64 `json:"errors"`    // by kind
	P50       int64            `json:"p50"`       // ns, from the time at which the request was due
	P99       int64            `json:"p99"`       // likewise
	Max       int64            `json:"max"`       // likewise
	Example   string           `json:"example"`   // the first wrong value or reply
	Outage    int64            `json:"outage"`    // ns, the longest time in which no request succeeded
}

// crowd are the well-behaved clients of one process.
type crowd struct {
	values *valueMaker

	mu     sync.Mutex
	hist   *hdr.Histogram // guarded by mu, as the following
	now    seen
	lastOK time.Time // when a request last succeeded
}

// job is what one client does: a connection to one node, at a rate of requests a second.
type job struct {
	address string
	protocol
	first  uint64 // number of its first key
	keys   uint64
	writes bool        // it owns its keys, and no one else writes them
	exact  bool        // versions are checked too, not only that the value belongs to the key
	lines  bool        // it speaks the line dialect instead
	signIn bool        // as app
	tls    *tls.Config // nil: without
	every  time.Duration
	seed   uint64
}

const (
	politeKeys  = 400 // of each client
	replyWithin = 10 * time.Second
)

// runPolite runs this program as well-behaved clients. The first input line is the plan in JSON; each further line is
// answered with the observations since the previous one.
func runPolite(in io.Reader, out io.Writer) error {
	// These clients would have processors of their own, and are not to measure how long they wait for one here. Where that is
	// refused, as in some containers, they do.
	if err := timeslice.Shorten(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	r := bufio.NewReader(in)
	line, err := r.ReadBytes('\n')
	if err != nil {
		return err
	}
	var plan politePlan
	if err := json.Unmarshal(line, &plan); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	var keys *tls.Config
	if plan.Secure != "" {
		if keys, err = clientKeys(plan.Keys, "client"); err != nil {
			return err
		}
	}
	c := &crowd{values: newValues(), hist: result.NewHistogram(), lastOK: time.Now()}
	c.now.Errors = map[string]int64{}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	for _, j := range plan.jobs(keys) {
		go c.work(ctx, j)
	}
	for {
		if _, err := r.ReadBytes('\n'); err != nil {
			return nil // the parent is done
		}
		if err := json.NewEncoder(out).Encode(c.take()); err != nil {
			return err
		}
	}
}

// politePlan describes the clients.
type politePlan struct {
	Write   string   `json:"write"`   // where clients write and read what they wrote
	Read    []string `json:"read"`    // where others read the same keys
	Exact   bool     `json:"exact"`   // a read shows the version that was written last
	Clients int      `json:"clients"` // that write, and for each node that read
	Rate    float64  `json:"rate"`    // requests a second of each
	Seed    uint64   `json:"seed"`
	Foreign string   `json:"foreign"` // the server is none of ours: "resp" or "memcached", which all clients speak; empty: it is
	SignIn  bool     `json:"signIn"`  // as app
	Secure  string   `json:"secure"`  // where every other client writes, with TLS; empty: as the others
	Keys    string   `json:"keys"`    // folder of their certificates
}

// jobs returns the clients' jobs. keys are for those with TLS.
func (p politePlan) jobs(keys *tls.Config) (all []job) {
	every := time.Duration(float64(time.Second) / p.Rate)
	speaks := protocolOf(p.Foreign)
	for i := range p.Clients {
		j := job{address: p.Write, protocol: speaks, first: uint64(i) * politeKeys, keys: politeKeys, writes: true, exact: p.Exact, lines: i%4 == 3 && p.Foreign == "", every: every, seed: p.Seed + uint64(i)}
		if keys != nil && i%2 == 1 {
			j.address, j.tls = p.Secure, keys
		}
		all = append(all, j)
	}
	for i := range all {
		all[i].signIn = p.SignIn
	}
	for n, a := range p.Read {
		for i := range p.Clients {
			all = append(all, job{address: a, protocol: speaks, keys: uint64(p.Clients) * politeKeys, lines: i%4 == 3 && p.Foreign == "", every: every, seed: p.Seed + uint64(1000*(n+1)+i)})
		}
	}
	return all
}

func (c *crowd) take() seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.now
	s.P50, s.P99, s.Max = c.hist.ValueAtPercentile(50), c.hist.ValueAtPercentile(99), c.hist.Max()
	s.Outage = max(s.Outage, int64(time.Since(c.lastOK)))
	c.now = seen{Errors: map[string]int64{}}
	c.hist.Reset()
	return s
}

func (c *crowd) work(ctx context.Context, j job) {
	w := &worker{job: j, c: c, rnd: rand.New(rand.NewPCG(j.seed, 5)), written: map[uint64]written{}}
	due := time.Now().Add(time.Duration(w.rnd.Int64N(int64(j.every))))
	for ctx.Err() == nil {
		time.Sleep(time.Until(due))
		err := w.request()
		w.c.record(due, err)
		if err != nil && w.conn != nil {
			w.conn.Close() //nolint:errcheck // it is broken
			w.conn = nil
		}
		if due = due.Add(j.every); err != nil && time.Since(due) > time.Second {
			due = time.Now() // requests missed while the node was away count as one error
		}
	}
}

func (c *crowd) record(due time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now.Requests++
	took := time.Since(due)
	if err != nil {
		c.now.Errors[kindOf(err)]++
		return
	}
	c.hist.RecordValue(min(max(int64(took), 1), result.Highest)) //nolint:errcheck // it is within bounds
	c.now.Outage = max(c.now.Outage, int64(time.Since(c.lastOK)))
	c.lastOK = time.Now()
}

// kindOf returns a short name for an error.
func kindOf(err error) string {
	if text, ok := strings.CutPrefix(err.Error(), "reply "); ok {
		word, _, _ := strings.Cut(text, " ")
		return word
	}
	switch {
	case os.IsTimeout(err):
		return "timeout"
	case strings.Contains(err.Error(), "refused"):
		return "refused"
	case strings.Contains(err.Error(), "out of step"):
		return "out of step"
	}
	return "closed"
}

func (c *crowd) count(do func(*seen)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do(&c.now)
}
