package sut

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/ring"
)

// cluster is a Redis Cluster, or a topology of our nodes, whose parts are asked over raw connections: each request goes to
// the node that owns its key's slot, and on to where that sends it.
type cluster struct {
	Unsupported
	seeds []string
	wire  Wire // of every node, but for the address
	slots slotMap
	conns connPool
}

// openCluster opens cluster://user@host:port,host:port: any nodes of a cluster.
func openCluster(ctx context.Context, rest string, o Options) (*Target, error) {
	list := rest
	var of Wire
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		u, err := parseRest(rest[:at+1] + "x")
		if err != nil {
			return nil, err
		}
		if of.User, of.Password, err = signIn(u); err != nil {
			return nil, err
		}
		list = rest[at+1:]
	}
	of.Network, of.Dialect = "tcp", RESP{}
	c := &cluster{seeds: strings.Split(list, ","), wire: of}
	c.conns.timeout = cmp.Or(o.Timeout, dialTimeout)
	c.conns.dial = func(ctx context.Context, address string) (*clusterConn, error) {
		w := c.wire
		w.Address = address
		conn, err := w.Dial(ctx)
		if err != nil {
			return nil, err
		}
		return &clusterConn{Conn: conn, in: make([]byte, 0, 16<<10)}, nil
	}
	if err := c.learn(ctx); err != nil {
		return nil, err
	}
	t := &Target{Caller: c}
	t.OnClose(c.Close)
	first := Target{Wire: c.at(c.seeds[0])}
	if err := first.greet(ctx); err == nil {
		t.Version = first.Version
	}
	return t, nil
}

// at is the wire of one node.
func (c *cluster) at(address string) *Wire {
	w := c.wire
	w.Address = address
	return &w
}

// learn asks the nodes in turn who owns which slot.
func (c *cluster) learn(ctx context.Context) error {
	var errs []error
	for _, address := range append(c.slots.nodes(), c.seeds...) {
		conn, err := c.at(address).Connect(ctx)
		if err == nil {
			reply, asked := conn.Do(dialTimeout, "CLUSTER", "SLOTS")
			err = errors.Join(asked, conn.Close())
			if err == nil {
				err = c.slots.learn(reply, address)
			}
		}
		if err == nil {
			return nil
		}
		errs = append(errs, fmt.Errorf("ask %s who owns which slot: %w", address, err))
	}
	return errors.Join(errs...)
}

const (
	mostTries  = 20                    // of one request
	retryAfter = 50 * time.Millisecond // what no node can answer now
)

// do makes a request for one key, and calls use with its reply, which is valid only meanwhile.
func (c *cluster) do(ctx context.Context, key string, q *Query, use func(r *Reply)) error {
	q.Key = append(q.Key[:0], key...)
	slot := ring.Slot(key)
	address, asking := c.slots.owner(slot), false
	for try := 1; ; try++ {
		var redirect string
		err := c.conns.exchange(ctx, address, asking, q, func(r *Reply) {
			if redirect = elsewhere(r); redirect == "" {
				use(r)
			}
		})
		if err != nil {
			c.learn(ctx) //nolint:errcheck // the next request finds out
			return fmt.Errorf("ask %s: %w", address, err)
		}
		code, rest, _ := strings.Cut(redirect, " ")
		switch {
		case redirect == "":
			return nil
		case try == mostTries:
			return fmt.Errorf("ask %s: after %d tries still %s", address, try, redirect)
		case code == "MOVED" || code == "ASK":
			_, to, _ := strings.Cut(rest, " ")
			if strings.HasPrefix(to, ":") { // the node does not know its own name
				host, _, _ := strings.Cut(address, ":")
				to = host + to
			}
			if address, asking = to, code == "ASK"; !asking {
				c.slots.moved(slot, to)
			}
		default: // TRYAGAIN, CLUSTERDOWN, LOADING
			if err := Pause(ctx, retryAfter); err != nil {
				return err
			}
			c.learn(ctx) //nolint:errcheck // likewise
			address, asking = c.slots.owner(slot), false
		}
	}
}

// elsewhere returns the text of a refusal that says that the request must be sent elsewhere, or again; empty for others.
func elsewhere(r *Reply) string {
	if r.Outcome != Refused {
		return ""
	}
	code, _, _ := strings.Cut(string(r.Text), " ")
	switch code {
	case "MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN", "LOADING":
		return string(r.Text)
	}
	return ""
}

// refused is the error of a reply that is no answer to the request.
func refused(r *Reply) error {
	if r.Outcome == Refused {
		return errors.New(string(r.Text))
	}
	return fmt.Errorf("a reply of the wrong type")
}

// Holds adds up what all nodes that own slots hold.
func (c *cluster) Holds(ctx context.Context) (sum Holding, err error) {
	for _, address := range c.slots.nodes() {
		h, err := (&Target{Wire: c.at(address)}).Holds(ctx)
		if err != nil {
			return sum, fmt.Errorf("%s: %w", address, err)
		}
		sum.Entries += h.Entries
		sum.Evicted += h.Evicted
	}
	return sum, nil
}

func (c *cluster) Close() error { return c.conns.close() }
