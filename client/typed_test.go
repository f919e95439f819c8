package client

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/testkit"
)

func TestTyped(t *testing.T) {
	type user struct{ Name string }
	f := newFake(t)
	f.put("bad", "{")
	users := NewTyped[user](newClient(t, []*fakeNode{f}), nil)
	ctx := testkit.Within(t, 5*time.Second)
	if err := users.Set(ctx, "u", user{"Ann"}); err != nil {
		t.Fatal(err)
	}
	if u, err := users.Get(ctx, "u"); err != nil || u.Name != "Ann" {
		t.Errorf("Get = %v, %v", u, err)
	}
	if _, err := users.Get(ctx, "bad"); err == nil || !strings.Contains(err.Error(), "decoding a client.user") {
		t.Errorf("Get of a bad value: %v", err)
	}
	if _, err := users.Get(ctx, "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Get of none: %v", err)
	}
	if ok, err := users.Add(ctx, "u", user{}); ok || err != nil {
		t.Errorf("Add = %v, %v", ok, err)
	}
	rs, err := users.GetMany(ctx, []string{"u", "none", "bad"})
	if err != nil || rs[0].Value.Name != "Ann" || !errors.Is(rs[1].Err, ErrNotFound) || rs[2].Err == nil {
		t.Errorf("GetMany = %v, %v", rs, err)
	}
	u, err := users.GetOrLoad(ctx, "new", time.Minute, func(context.Context) (user, error) { return user{"Bob"}, nil })
	if err != nil || u.Name != "Bob" {
		t.Errorf("GetOrLoad = %v, %v", u, err)
	}
	if v, _ := f.get("new"); v != `{"Name":"Bob"}` {
		t.Errorf("stored %q", v)
	}
	if ok, err := users.Delete(ctx, "u"); !ok || err != nil {
		t.Errorf("Delete = %v, %v", ok, err)
	}
}
