package topology

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/config"
)

// parsed is the topology of a config.
func parsed(t *testing.T, text string) *Topology {
	t.Helper()
	f, err := config.Parse("config.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Of(f)
}

// TestDocument writes a topology as JSON and reads it back.
func TestDocument(t *testing.T) {
	was := parsed(t, two).WithLeaders(map[string]Leadership{"a": {7, "b"}})
	was.Version = 3
	text, err := json.Marshal(was)
	if err != nil {
		t.Fatal(err)
	}
	const group = `{"id":"a","epoch":7,"primary":"b","members":["b","a"],"weight":2}`
	if !strings.Contains(string(text), group) || !strings.Contains(string(text), `"version":3`) {
		t.Errorf("the document: %s", text)
	}
	is := new(Topology)
	if err := json.Unmarshal(text, is); err != nil || !reflect.DeepEqual(is, was) {
		t.Errorf("read back, %v:\n%+v\n%+v", err, is, was)
	}
	for _, wrong := range []string{
		`{`, `{"servers":[{"id":"a"}]}`,
		`{"servers":[{"id":"a","addresses":["x"]},{"id":"a","addresses":["y"]}]}`,
		`{"groups":[{"id":"a","primary":"a","members":["a"]}]}`,
		`{"servers":[{"id":"a","group":"a","addresses":["x"]}],"groups":[{"id":"a","primary":"b","members":["a"]}]}`,
	} {
		if err := json.Unmarshal([]byte(wrong), new(Topology)); err == nil {
			t.Errorf("read %s", wrong)
		}
	}
}

// TestMerge checks for the later version's servers and the later epoch's leaders.
func TestMerge(t *testing.T) {
	file := parsed(t, two)
	later := file.WithLeaders(map[string]Leadership{"a": {2, "b"}})
	moved := file.WithLeaders(nil)
	moved.Version = 9
	moved.Servers = append([]Server(nil), moved.Servers...)
	moved.Servers[1].Addresses = []string{"127.0.0.1:9"}
	for _, c := range []struct {
		name         string
		base, other  *Topology
		leader, at   string
		epoch, third uint64
	}{
		{"a later epoch", file, later, "b", "127.0.0.1:2", 2, 0},
		{"an earlier one", later, file, "b", "127.0.0.1:2", 2, 0},
		{"a later version", later, moved, "b", "127.0.0.1:9", 2, 9},
		{"an earlier one", moved, later, "b", "127.0.0.1:9", 2, 9},
		{"a leader that is not a server", file, file.WithLeaders(map[string]Leadership{"a": {5, "c"}}), "a", "127.0.0.1:2", 0, 0},
	} {
		m := Merge(c.base, c.other)
		g, _ := m.GroupOf("a")
		b, _ := m.Server("b")
		if g.Leader != c.leader || g.Epoch != c.epoch || b.Addresses[0] != c.at || m.Version != c.third {
			t.Errorf("%s: %+v", c.name, m)
		}
		if len(g.Followers) != 1 || g.Followers[0] == g.Leader {
			t.Errorf("%s: followers %v of %s", c.name, g.Followers, g.Leader)
		}
	}
	if g, _ := file.GroupOf("a"); g.Leader != "a" {
		t.Error("Merge changed what it was given")
	}
}

// TestLive learns of leaders, and keeps what it learned when the config changes.
func TestLive(t *testing.T) {
	l := NewLive(parsed(t, two))
	ctx, stop := context.WithCancel(t.Context())
	calls, ended := make(chan string), make(chan struct{})
	go func() {
		defer close(ended)
		l.Watch(ctx, func() { g, _ := l.Now().GroupOf("a"); calls <- g.Leader })
	}()
	expect := func(leader string) {
		t.Helper()
		if got := <-calls; got != leader {
			t.Errorf("the leader is %s, want %s", got, leader)
		}
	}
	expect("a")
	if !l.Learn("a", 4, "b") {
		t.Error("a later epoch was not learned")
	}
	expect("b")
	if l.Learn("a", 4, "a") || l.Learn("a", 3, "a") {
		t.Error("an epoch was learned that is not later")
	}
	moved := parsed(t, strings.Replace(two, "127.0.0.1:2", "127.0.0.1:5", 1))
	if now := l.Set(moved); now.Servers[1].Addresses[0] != "127.0.0.1:5" {
		t.Errorf("after another config: %+v", now)
	}
	expect("b")
	if now := parsed(t, two).WithLeaders(l.Leaders()); now.Groups[0].Epoch != 4 || l.Now().Servers[1].Addresses[0] != "127.0.0.1:5" {
		t.Errorf("another config with what was learned: %+v", now)
	}
	l.Learn("a", 5, "a")
	expect("a")
	changes := l.Changes()
	if len(changes) != 2 || changes[0].From != "a" || changes[0].To != "b" || changes[1].Epoch != 5 {
		t.Errorf("changes: %+v", changes)
	}
	stop()
	<-ended
}

// TestAssumedLeader has a node that joins learn who leads its group: nobody led before.
func TestAssumedLeader(t *testing.T) {
	l := NewLive(parsed(t, two))
	l.Assume("a")
	l.Learn("a", 4, "b")
	if changes := l.Changes(); len(changes) > 0 {
		t.Errorf("the first leader: %+v", changes)
	}
	l.Learn("a", 5, "a")
	if changes := l.Changes(); len(changes) != 1 || changes[0].From != "b" {
		t.Errorf("the second leader: %+v", changes)
	}
}
