package client

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

// Hooks see every exported method that sends a request, with the node. A new method must be
// added to one of the two lists.
func TestHooksSeeEveryMethod(t *testing.T) {
	silent := []string{"Close", "ConfigErr", "Locate", "Nodes", "Pipeline", "Reload"}
	f := newFake(t)
	f.setPlan(func(_ int, args []string) act {
		if args[0] == "WAIT" {
			return act{reply: ":0\r\n"}
		}
		return act{}
	})
	var rec recorder
	c := newClient(t, []*fakeNode{f}, WithHooks(&rec))
	ctx := testkit.Within(t, 20*time.Second)
	b := []byte("1")
	calls := map[string]struct {
		op Op
		do func()
	}{
		"Get":              {OpGet, func() { c.Get(ctx, "k") }},
		"GetTo":            {OpGet, func() { c.GetTo(ctx, "k", make([]byte, 0, 9)) }},
		"GetWithTTL":       {OpGetWithTTL, func() { c.GetWithTTL(ctx, "k") }},
		"GetAndTouch":      {OpGetAndTouch, func() { c.GetAndTouch(ctx, "k", time.Hour) }},
		"GetMany":          {OpGetMany, func() { c.GetMany(ctx, []string{"k", "l"}) }},
		"GetOrLoad":        {OpGetOrLoad, func() { c.GetOrLoad(ctx, "k", time.Hour, constant("1")) }},
		"Set":              {OpSet, func() { c.Set(ctx, "k", b) }},
		"SetMany":          {OpSetMany, func() { c.SetMany(ctx, []Item{{Key: "k", Value: b}}) }},
		"Add":              {OpAdd, func() { c.Add(ctx, "k", b) }},
		"Replace":          {OpReplace, func() { c.Replace(ctx, "k", b) }},
		"CompareAndSwap":   {OpCompareAndSwap, func() { c.CompareAndSwap(ctx, "k", b, b) }},
		"CompareAndDelete": {OpCompareAndDelete, func() { c.CompareAndDelete(ctx, "x", b) }},
		"Delete":           {OpDelete, func() { c.Delete(ctx, "x") }},
		"DeleteMany":       {OpDeleteMany, func() { c.DeleteMany(ctx, []string{"x"}) }},
		"Incr":             {OpIncr, func() { c.Incr(ctx, "k", 1) }},
		"Expire":           {OpExpire, func() { c.Expire(ctx, "k", time.Hour) }},
		"TTL":              {OpTTL, func() { c.TTL(ctx, "k") }},
		"Pipelined":        {OpPipeline, func() { c.Pipelined(ctx, func(p *Pipeline) error { p.Get("k"); return nil }) }},
		"Do":               {OpDo, func() { c.Do(ctx, "ECHO", "x") }},
		"DoRead":           {OpDo, func() { c.DoRead(ctx, "ECHO", "x") }},
		"DoNode":           {OpDo, func() { c.DoNode(ctx, "n1", "ECHO", "x") }},
		"Ping":             {OpPing, func() { c.Ping(ctx) }},
		"FlushAll":         {OpFlushAll, func() { c.FlushAll(ctx) }},
		"Wait":             {OpWait, func() { c.Wait(ctx, "n1", 0, time.Second) }},
		"Scan": {OpScan, func() {
			for range c.Scan(ctx, ScanOptions{}) {
			}
		}},
	}
	if err := c.Set(ctx, "k", b); err != nil {
		t.Fatal(err)
	}
	methods := reflect.TypeOf(c)
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		x, ok := calls[name]
		if !ok {
			if !slices.Contains(silent, name) {
				t.Errorf("%s is in neither list", name)
			}
			continue
		}
		rec.mu.Lock()
		rec.events = nil
		rec.mu.Unlock()
		x.do()
		wantOneEvent(t, name, x.op, f.addr, rec.events)
	}
}

// wantOneEvent fails unless exactly one of all events is of op, and says which node was asked.
func wantOneEvent(t *testing.T, name string, op Op, address string, all []Event) {
	t.Helper()
	events := slices.DeleteFunc(slices.Clone(all), func(e Event) bool { return e.Op != op })
	if len(events) != 1 || len(all) > 1 && name != "GetOrLoad" {
		t.Errorf("%s: %d events, %d of the operation, want 1", name, len(all), len(events))
		return
	}
	e := events[0]
	if e.Node != "n1" || e.Address != address || e.Attempts < 1 || e.Duration <= 0 || e.Start.IsZero() {
		t.Errorf("%s: %+v", name, e)
	}
	if e.Err != nil && !errors.Is(e.Err, ErrNotFound) && !strings.Contains(e.Err.Error(), "unknown command") {
		t.Errorf("%s: %v", name, e.Err)
	}
}

// The events of operations on many keys count how often nodes were asked.
func TestManyCountsAttempts(t *testing.T) {
	f := newFake(t)
	broken := false
	f.setPlan(func(_ int, args []string) act {
		if args[0] == "GET" && !broken {
			broken = true
			return act{close: true}
		}
		return act{}
	})
	var rec recorder
	c := newClient(t, []*fakeNode{f}, WithHooks(&rec))
	if _, err := c.GetMany(testkit.Within(t, 10*time.Second), []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if e := rec.find(OpGetMany); e.Attempts != 2 || e.Node != "n1" {
		t.Errorf("%+v", e)
	}
}

// A silent node gets one read timeout, not one for each try.
func TestReadTimeoutIsSpentOnce(t *testing.T) {
	f := newFake(t)
	f.setPlan(func(_ int, args []string) act { return act{stall: args[0] == "GET"} })
	c := newClient(t, []*fakeNode{f}, WithReadTimeout(500*time.Millisecond))
	ready(t, c)
	_, err := c.Get(context.Background(), "k")
	wantErr(t, err, "read timeout", ErrTimeout, ErrUnknown)
	if n := f.count("GET"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
