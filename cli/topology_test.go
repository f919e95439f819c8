package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/ring"
)

// TestConfigOf writes a config with the members' current roles, which reads back the same.
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
	if g := got.Groups[0]; g.Leader != "b" || g.Name != "a" || !reflect.DeepEqual(g.Followers, []string{"a"}) || g.Weight != 2 {
		t.Errorf("the group: %+v", g)
	}
	if s, _ := got.Server("b"); s.Zone != "z" || len(s.Addresses) != 2 {
		t.Errorf("server b: %+v", s)
	}
}

// TestConfigOfGroups: after changes of primary in both of two groups of three, a client of the printed file, one of the
// old file and one that learns from the nodes all place every key at the same primary.
func TestConfigOfGroups(t *testing.T) {
	old := `{"servers": [
		{"id": "a1", "role": "primary", "address": "127.0.0.1:1", "secondaries": ["a2", "a3"], "weight": 2},
		{"id": "a2", "role": "secondary", "address": "127.0.0.1:2", "primary": "a1"},
		{"id": "a3", "role": "secondary", "address": "127.0.0.1:3", "primary": "a1"},
		{"id": "b1", "role": "primary", "address": "127.0.0.1:4", "secondaries": ["b2", "b3"]},
		{"id": "b2", "role": "secondary", "address": "127.0.0.1:5", "primary": "b1"},
		{"id": "b3", "role": "secondary", "address": "127.0.0.1:6", "primary": "b1"}]}`
	file, err := config.Parse("config.json", []byte(old))
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(old)
	was := topology.Of(file)
	for _, leaders := range []map[string]topology.Leadership{
		{"a1": {Epoch: 1, Leader: "a3"}},
		{"a1": {Epoch: 2, Leader: "a2"}, "b1": {Epoch: 5, Leader: "b3"}},
		{"a1": {Epoch: 3, Leader: "a1"}, "b1": {Epoch: 6, Leader: "b2"}},
	} {
		now := was.WithLeaders(leaders)
		path := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(path, text, 0o600); err != nil { // the file that was printed before
			t.Fatal(err)
		}
		if text, err = (&session{source: path}).configOf(now); err != nil {
			t.Fatal(err)
		}
		is, err := config.Parse("config.json", text)
		if err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		received, printed := new(topology.Topology), topology.Of(is)
		document, _ := json.Marshal(now)
		if err := json.Unmarshal(document, received); err != nil {
			t.Fatal(err)
		}
		samePlaces(t, map[string]*topology.Topology{"the old file": was, "the printed file": printed, "nodes": received})
		for i, g := range printed.Groups {
			if of, ok := now.GroupOf(g.Leader); !ok || of.Leader != g.Leader || of.Name != g.Name {
				t.Errorf("group %d of the printed file: %+v, want %+v", i, g, of)
			}
		}
	}
}

// samePlaces checks that all topologies place each of 10,000 keys in the same group.
func samePlaces(t *testing.T, of map[string]*topology.Topology) {
	t.Helper()
	var first []string
	for name, is := range of {
		var groups []ring.Group
		for _, g := range is.Groups {
			groups = append(groups, ring.Group{ID: g.Name, Weight: int(g.Weight)})
		}
		places, err := ring.New(groups)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range 10000 {
			got = append(got, is.Groups[places.Locate("key-"+strconv.Itoa(i))].Name)
		}
		if first == nil {
			first = got
		}
		if !slices.Equal(got, first) {
			t.Errorf("%s places keys elsewhere", name)
		}
	}
}
