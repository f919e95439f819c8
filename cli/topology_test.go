package cli

import (
	"reflect"
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/topology"
)

// TestConfigOf writes a config with the roles that the members have now, which reads back as that.
func TestConfigOf(t *testing.T) {
	file, err := config.Parse("config.json", []byte(`{"servers": [
		{"id": "a", "role": "primary", "address": "127.0.0.1:1", "secondaries": ["b"], "weight": 2},
		{"id": "b", "role": "secondary", "address": ["127.0.0.1:2", "unix:///tmp/b"], "primary": "a", "zone": "z"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	now := topology.Of(file).WithLeaders(map[string]topology.Leadership{"a": {Epoch: 3, Leader: "b"}})
	text, err := (&session{source: "none"}).configOf(now)
	if err != nil {
		t.Fatal(err)
	}
	is, err := config.Parse("config.json", text)
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	got := topology.Of(is)
	if g := got.Groups[0]; g.Leader != "b" || !reflect.DeepEqual(g.Followers, []string{"a"}) || g.Weight != 2 {
		t.Errorf("the group: %+v", g)
	}
	if s, _ := got.Server("b"); s.Zone != "z" || len(s.Addresses) != 2 {
		t.Errorf("server b: %+v", s)
	}
	now.Groups = append(now.Groups, topology.Group{Name: "c", Leader: "c"})
	if _, err := (&session{source: "none"}).configOf(now); err == nil {
		t.Error("a config that moves keys was written")
	}
}
