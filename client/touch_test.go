package client_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/cachegopher/cachegopher/internal/nodeprocess"
	"github.com/cachegopher/cachegopher/server/servertest"
)

func clientOf(t *testing.T, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) //nolint:errcheck // always nil
	return c
}

// GetAndTouch is one request, and sets the time to live on all members.
func TestGetAndTouch(t *testing.T) {
	g, err := nodeprocess.Start(1)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	c := clientOf(t, client.WithConfigFile(g.Nodes[0].Config))
	left := func() time.Duration {
		t.Helper()
		if err := g.Resume(); err != nil { // which waits for the secondary
			t.Fatal(err)
		}
		v, err := c.DoNode(ctx, g.Nodes[1].ID, "PTTL", "k")
		if err != nil {
			t.Fatal(err)
		}
		return time.Duration(v.Int) * time.Millisecond
	}
	if v, err := c.GetAndTouch(ctx, "k", time.Hour); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("of a key that is not there: %q, %v", v, err)
	}
	if err := c.Set(ctx, "k", []byte("v"), client.TTL(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if v, err := c.GetAndTouch(ctx, "k", time.Hour); err != nil || string(v) != "v" {
		t.Errorf("%q, %v", v, err)
	}
	if d := left(); d < 50*time.Minute {
		t.Errorf("the secondary keeps it for %v", d)
	}
	if v, err := c.GetAndTouch(ctx, "k", client.NoExpiry); err != nil || string(v) != "v" {
		t.Errorf("for good: %q, %v", v, err)
	}
	if d := left(); d != -time.Millisecond {
		t.Errorf("the secondary keeps for %v what stays for good", d)
	}
	for _, d := range []time.Duration{0, -1} {
		if _, err := c.GetAndTouch(ctx, "k", d); !errors.Is(err, client.ErrInvalidTTL) {
			t.Errorf("for %v: %v", d, err)
		}
	}
	if _, err := c.GetAndTouch(ctx, "", time.Hour); !errors.Is(err, client.ErrEmptyKey) {
		t.Errorf("without a key: %v", err)
	}
}

func TestPipelined(t *testing.T) {
	c := clientOf(t, client.WithServers(servertest.Start(t).Address))
	if err := c.Set(ctx, "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	var touched, expired, missing, wrong client.Queued
	if err := c.Pipelined(ctx, func(p *client.Pipeline) error {
		touched = p.GetAndTouch("k", time.Minute)
		expired = p.Expire("k", time.Hour)
		missing = p.Expire("none", time.Hour)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if v, err := touched.Bytes(); err != nil || string(v) != "v" {
		t.Errorf("GetAndTouch: %q, %v", v, err)
	}
	if ok, err := expired.OK(); !ok || err != nil {
		t.Errorf("Expire: %v, %v", ok, err)
	}
	if ok, err := missing.OK(); ok || err != nil {
		t.Errorf("Expire of a key that is not there: %v, %v", ok, err)
	}
	if d, err := c.TTL(ctx, "k"); err != nil || d < 59*time.Minute {
		t.Errorf("TTL: %v, %v", d, err)
	}
	mine := errors.New("mine")
	if err := c.Pipelined(ctx, func(p *client.Pipeline) error { p.Delete("k"); return mine }); err != mine {
		t.Errorf("the function's error is returned as %v", err)
	}
	if _, err := c.Get(ctx, "k"); err != nil {
		t.Errorf("requests added before the error were sent: %v", err)
	}
	if err := c.Pipelined(ctx, func(p *client.Pipeline) error { wrong = p.Expire("k", 0); return nil }); err == nil || !errors.Is(wrong.Err(), client.ErrInvalidTTL) {
		t.Errorf("a time to live of 0: %v", err)
	}
}

// TLS is configured by files alone, with and without a client certificate.
func TestTLSFiles(t *testing.T) {
	n := servertest.Start(t, servertest.TLS())
	for name, opts := range map[string][]client.Option{
		"option": {client.WithServers(n.TLSAddress), client.WithTLSFiles(n.CA, n.Cert, n.Key)},
		"URL":    {client.WithURL("cachegophers://" + n.TLSAddress + "?ca=" + n.CA)},
	} {
		if err := clientOf(t, opts...).Set(ctx, "k", []byte("v")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := client.New(client.WithServers(n.TLSAddress), client.WithTLSFiles(n.CA, n.Cert, "")); err == nil || !strings.Contains(err.Error(), "belong together") {
		t.Errorf("a certificate without its key: %v", err)
	}
}

// WithRetries bounds how often a node is asked.
func TestRetries(t *testing.T) {
	for retries, want := range map[int]int{0: 1, 1: 2, 5: 6} {
		n := servertest.Start(t)
		asked := 0
		n.OnRequest(func(args []string) servertest.Fault {
			if args[0] != "SET" {
				return servertest.Fault{}
			}
			asked++
			return servertest.Fault{CutAfter: true}
		})
		c := clientOf(t, client.WithServers(n.Address), client.WithRetries(retries), client.WithConnsPerNode(1))
		limit, cancel := context.WithTimeout(ctx, 30*time.Second)
		err := c.Set(limit, "k", []byte("v"), client.Idempotent())
		cancel()
		n.OnRequest(nil)
		if err == nil || asked < 1 || asked > want || retries == 0 && asked != 1 {
			t.Errorf("with %d retries it was asked %d times, want %d: %v", retries, asked, want, err)
		}
	}
}
