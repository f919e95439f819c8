package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

func TestManyOverGroups(t *testing.T) {
	a, b := newFake(t), newFake(t)
	c := newClientOf(t, servers([]string{a.addr, b.addr}))
	ctx := testkit.Within(t, 10*time.Second)
	var items []Item
	var keys []string
	for i := range 3000 {
		k := fmt.Sprintf("key %d", i)
		items = append(items, Item{Key: k, Value: []byte("v" + k)})
		keys = append(keys, k)
	}
	if err := c.SetMany(ctx, items); err != nil {
		t.Fatal(err)
	}
	if len(a.data) == 0 || len(b.data) == 0 || len(a.data)+len(b.data) != 3000 {
		t.Fatalf("%d and %d keys on the nodes", len(a.data), len(b.data))
	}
	keys[17] = "missing"
	rs, err := c.GetMany(ctx, keys)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rs {
		if i == 17 {
			wantErr(t, r.Err, "key not found", ErrNotFound)
		} else if r.Err != nil || string(r.Value) != "v"+keys[i] {
			t.Fatalf("key %q: %q, %v", keys[i], r.Value, r.Err)
		}
	}
	found := map[string]bool{}
	for k, err := range c.Scan(ctx, ScanOptions{Count: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		found[k] = true
		if len(found) == 100 {
			break
		}
	}
	if len(found) != 100 {
		t.Errorf("Scan gave %d keys", len(found))
	}
	keys[18] = ""
	n, err := c.DeleteMany(ctx, keys)
	var many *ManyError
	if n != 2998 || !errors.As(err, &many) || many.Failed != 1 || !errors.Is(err, ErrEmptyKey) {
		t.Errorf("DeleteMany = %d, %v", n, err)
	}
	if slot, g := c.Locate("x"); slot < 0 || g.ID != a.addr && g.ID != b.addr {
		t.Errorf("Locate = %d, %v", slot, g)
	}
}

func TestScanVisitsEveryKey(t *testing.T) {
	a, b := newFake(t), newFake(t)
	c := newClientOf(t, servers([]string{a.addr, b.addr}))
	want := map[string]bool{}
	for i := range 51 {
		k := fmt.Sprint("k", i)
		want[k] = true
		if err := c.Set(context.Background(), k, nil); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]bool{}
	for k, err := range c.Scan(testkit.Within(t, 5*time.Second), ScanOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		got[k] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("Scan gave %v", slices.Sorted(maps.Keys(got)))
	}
}

func TestPipelineKeepsOrder(t *testing.T) {
	f := newFake(t)
	c := newClient(t, []*fakeNode{f})
	ctx := testkit.Within(t, 5*time.Second)
	p := c.Pipeline()
	for round := range 3 {
		first := p.Get("k")
		set := p.Set("k", []byte{byte('a' + round)})
		second := p.Get("k")
		added, _ := p.Add("k", nil), p.Incr("n", 1)
		n := p.Incr("n", 1)
		bad := p.Incr("k", 1)
		gone := p.Delete("k")
		if p.Len() != 8 {
			t.Fatalf("%d requests", p.Len())
		}
		err := p.Exec(ctx)
		var many *ManyError
		if !errors.As(err, &many) || many.Failed != 1 {
			t.Fatalf("Exec: %v", err)
		}
		if _, err := first.Bytes(); !errors.Is(err, ErrNotFound) {
			t.Errorf("first Get: %v", err)
		}
		if set.Err() != nil {
			t.Error(set.Err())
		}
		if v, err := second.Bytes(); err != nil || !bytes.Equal(v, []byte{byte('a' + round)}) {
			t.Errorf("second Get: %q, %v", v, err)
		}
		if ok, err := added.OK(); ok || err != nil {
			t.Errorf("Add: %v, %v", ok, err)
		}
		if v, err := n.Int(); err != nil || v != int64(2*round+2) {
			t.Errorf("Incr: %d, %v", v, err)
		}
		wantErr(t, bad.Err(), "not an integer")
		if ok, err := gone.OK(); !ok || err != nil {
			t.Errorf("Delete: %v, %v", ok, err)
		}
	}
	if err := p.Exec(ctx); err != nil {
		t.Errorf("Exec of nothing: %v", err)
	}
}
