package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

func TestOperations(t *testing.T) {
	for _, resp2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("resp2=%v", resp2), func(t *testing.T) {
			f := newFake(t)
			f.resp2 = resp2
			testOperations(t, newClient(t, []*fakeNode{f}), f)
		})
	}
}

func testOperations(t *testing.T, c *Client, f *fakeNode) {
	ctx := testkit.Within(t, 10*time.Second)
	check := func(what string, err error, got, want any) {
		t.Helper()
		wantResult(t, what, err, got, want)
	}
	binary := "a\r\n\x00$5\r\n"
	check("Set", c.Set(ctx, binary, []byte(binary)), 0, 0)
	v, err := c.Get(ctx, binary)
	check("Get", err, string(v), binary)
	check("Set empty", c.Set(ctx, "e", nil), 0, 0)
	v, err = c.Get(ctx, "e")
	check("Get empty", err, v != nil && len(v) == 0, true)

	ok, err := c.Add(ctx, "k", []byte("1"))
	check("Add", err, ok, true)
	ok, err = c.Add(ctx, "k", []byte("2"))
	check("Add again", err, ok, false)
	ok, err = c.Replace(ctx, "k", []byte("3"))
	check("Replace", err, ok, true)
	ok, err = c.Replace(ctx, "none", []byte("3"))
	check("Replace none", err, ok, false)
	ok, err = c.CompareAndSwap(ctx, "k", []byte("1"), []byte("4"))
	check("CompareAndSwap wrong", err, ok, false)
	ok, err = c.CompareAndSwap(ctx, "k", []byte("3"), []byte("4"), TTL(time.Minute))
	check("CompareAndSwap", err, ok, true)
	d, err := c.TTL(ctx, "k")
	check("TTL", err, d > 59*time.Second && d <= time.Minute, true)
	v, d, err = c.GetWithTTL(ctx, "k")
	check("GetWithTTL", err, string(v) == "4" && d > 59*time.Second && d <= time.Minute, true)
	v, d, err = c.GetWithTTL(ctx, "e")
	check("GetWithTTL for good", err, len(v) == 0 && d == NoExpiry, true)
	_, _, err = c.GetWithTTL(ctx, "none")
	wantErr(t, err, "key not found", ErrNotFound)
	check("Set KeepTTL", c.Set(ctx, "k", []byte("5"), KeepTTL()), 0, 0)
	d, err = c.TTL(ctx, "k")
	check("TTL kept", err, d > 0, true)
	check("Expire NoExpiry", c.Expire(ctx, "k", NoExpiry), 0, 0)
	d, err = c.TTL(ctx, "k")
	check("TTL none", err, d, NoExpiry)
	check("Expire", c.Expire(ctx, "k", time.Hour), 0, 0)
	n, err := c.Incr(ctx, "k", 37)
	check("Incr", err, n, int64(42))
	n, err = c.Incr(ctx, "new", -2)
	check("Incr new", err, n, int64(-2))
	ok, err = c.CompareAndDelete(ctx, "k", []byte("x"))
	check("CompareAndDelete wrong", err, ok, false)
	ok, err = c.CompareAndDelete(ctx, "k", []byte("42"))
	check("CompareAndDelete", err, ok, true)
	ok, err = c.Delete(ctx, "k")
	check("Delete none", err, ok, false)
	ok, err = c.Delete(ctx, "new")
	check("Delete", err, ok, true)
	val, err := c.Do(ctx, "ECHO", "hi")
	check("Do", err, val.Text(), "hi")
	val, err = c.DoNode(ctx, "n1", "PING")
	check("DoNode", err, val.Text(), "PONG")
	check("Ping", c.Ping(ctx), 0, 0)
	testRefusals(t, c, f)
}

// testRefusals checks the errors of operations, and the largest entry.
func testRefusals(t *testing.T, c *Client, f *fakeNode) {
	ctx := testkit.Within(t, 10*time.Second)
	_, err := c.Get(ctx, "k")
	wantErr(t, err, "cache Get on n1 ("+f.addr+"): key not found", ErrNotFound)
	_, err = c.TTL(ctx, "k")
	wantErr(t, err, "key not found", ErrNotFound)
	wantErr(t, c.Expire(ctx, "k", time.Second), "key not found", ErrNotFound)
	_, err = c.Get(ctx, "")
	wantErr(t, err, "empty key", ErrEmptyKey, ErrNotSent)
	wantErr(t, c.Set(ctx, "k", make([]byte, MaxItemBytes)), "65537 bytes, the limit is 65536", ErrTooLarge, ErrNotSent)
	wantResult(t, "Set largest", c.Set(ctx, "k", make([]byte, MaxItemBytes-1)), 0, 0)
	v, err := c.Get(ctx, "k")
	wantResult(t, "Get largest", err, len(v), MaxItemBytes-1)
	wantResult(t, "FlushAll", c.FlushAll(ctx), 0, 0)
	wantResult(t, "Set text", c.Set(ctx, "text", []byte("abc")), 0, 0)
	_, err = c.Incr(ctx, "text", 1)
	var se *ServerError
	if !errors.As(err, &se) || se.Code() != "ERR" {
		t.Errorf("Incr of text: %v", err)
	}
	wantErr(t, err, "not an integer")
	_, err = c.DoNode(ctx, "nobody", "PING")
	wantErr(t, err, "no such node", ErrUnavailable)
}

func wantResult(t *testing.T, what string, err error, got, want any) {
	t.Helper()
	if err != nil || got != want {
		t.Errorf("%s: %v, %v; want %v", what, got, err, want)
	}
}

func TestGetToAppends(t *testing.T) {
	f := newFake(t)
	f.put("k", "value")
	c := newClient(t, []*fakeNode{f})
	buf := append(make([]byte, 0, 64), "old "...)
	v, err := c.GetTo(context.Background(), "k", buf)
	if err != nil || string(v) != "old value" || &v[0] != &buf[0] {
		t.Fatalf("GetTo = %q, %v", v, err)
	}
	v, err = c.GetTo(context.Background(), "none", buf)
	if !errors.Is(err, ErrNotFound) || string(v) != "old " {
		t.Fatalf("GetTo of a missing key = %q, %v", v, err)
	}
}

// The node of this test allocates nothing, so that only the client's allocations are counted.
func TestAllocations(t *testing.T) {
	quiet := func(reply string) *Client {
		return newClientOf(t, servers([]string{newQuietNode(t, reply)}), WithConnsPerNode(1))
	}
	found, stored, missed := quiet(bulk(strings.Repeat("v", 64))), quiet(okReply), quiet("_\r\n")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	dst, value := make([]byte, 0, 128), make([]byte, 64)
	for _, x := range []struct {
		name string
		want float64
		op   func() error
	}{
		{"Get", 1, func() error { _, err := found.Get(ctx, "k"); return err }},
		{"GetTo", 0, func() error { _, err := found.GetTo(ctx, "k", dst); return err }},
		{"GetTo without end", 0, func() error { _, err := found.GetTo(context.Background(), "k", dst); return err }},
		{"Set", 0, func() error { return stored.Set(ctx, "k", value, TTL(time.Minute)) }},
		{"Get of a missing key", 0, func() error {
			if _, err := missed.Get(ctx, "k"); !errors.Is(err, ErrNotFound) {
				return fmt.Errorf("got %v", err)
			}
			return nil
		}},
	} {
		got := testing.AllocsPerRun(500, func() {
			if err := x.op(); err != nil {
				t.Fatalf("%s: %v", x.name, err)
			}
		})
		// The race detector allocates by itself: there only the operations run.
		if got > x.want && !testkit.Race {
			t.Errorf("%s allocates %v times, want at most %v", x.name, got, x.want)
		}
	}
}
