package topology

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

const two = `{"servers": [
	{"id": "a", "role": "primary", "address": "127.0.0.1:1", "secondaries": ["b"], "weight": 2},
	{"id": "b", "role": "secondary", "address": "127.0.0.1:2", "primary": "a", "zone": "z"}]}`

const twoSwitched = `{"servers": [
	{"id": "a", "role": "secondary", "address": "127.0.0.1:1", "primary": "b"},
	{"id": "b", "role": "primary", "address": "127.0.0.1:3", "secondaries": ["a"], "zone": "z"}]}`

// TestFile reads a config, then one with another leader.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(f File) *Topology {
		t.Helper()
		top, err := f.Read()
		if err != nil {
			t.Fatal(err)
		}
		return top
	}
	f := File{Path: path, Every: time.Millisecond}
	if _, err := f.Read(); err == nil {
		t.Error("a file that is not there was read")
	}
	write(two)
	before := read(f)
	if g, ok := before.GroupOf("b"); !ok || !reflect.DeepEqual(g, Group{"a", 2, "a", []string{"b"}, 0}) {
		t.Errorf("the group of b: %+v, %v", g, ok)
	}
	if s, ok := before.Server("b"); !ok || s.Zone != "z" || s.Group != "a" {
		t.Errorf("server b: %+v, %v", s, ok)
	}
	if _, ok := before.GroupOf("c"); ok {
		t.Error("c has a group")
	}
	calls := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.Watch(ctx, func() { calls <- struct{}{} })
	}()
	<-calls // what was there
	write(twoSwitched)
	<-calls
	now := read(f)
	if g, ok := now.GroupOf("a"); !ok || g.Leader != "b" || !reflect.DeepEqual(g.Members(), []string{"b", "a"}) {
		t.Errorf("the group of a: %+v, %v", g, ok)
	}
	if moved := Moved(before, now); !reflect.DeepEqual(moved, []string{"b"}) {
		t.Errorf("moved: %v", moved)
	}
	stop()
	<-ended
}
