package topology

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/ring"
)

// halves is a topology of the groups a and b, whose stored assignment gives a the lower half.
func halves(t testing.TB) *Topology {
	t.Helper()
	top := new(Topology)
	for _, id := range []string{"a", "b"} {
		top.Servers = append(top.Servers, Server{ID: id, Group: id, Addresses: []string{"127.0.0.1:1"}})
		top.Groups = append(top.Groups, Group{Name: id, Leader: id})
	}
	top.Slots = &Slots{Version: 5, Owners: []SlotOwner{{"a", SlotRanges{{0, 8191}}}, {"b", SlotRanges{{8192, 16383}}}}}
	return top
}

// document returns the JSON of t.
func documentOf(t testing.TB, top *Topology) string {
	t.Helper()
	text, err := json.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSlotsDocument writes a stored assignment with moves as JSON and reads it back.
func TestSlotsDocument(t *testing.T) {
	was := halves(t)
	bare := documentOf(t, &Topology{Servers: was.Servers, Groups: was.Groups})
	was.Moves = []Move{{"7", "a", "b", SlotRanges{{0, 0}, {5, 99}}}}
	text := documentOf(t, was)
	const added = `,"slots":{"version":5,"owners":[{"group":"a","ranges":[[0,8191]]},{"group":"b","ranges":[[8192,16383]]}]},` +
		`"moves":[{"id":"7","from":"a","to":"b","ranges":[[0,0],[5,99]]}]}`
	if text != strings.TrimSuffix(bare, "}")+added {
		t.Errorf("the document is %s\nwithout an assignment %s", text, bare)
	}
	is := new(Topology)
	if err := json.Unmarshal([]byte(text), is); err != nil || !reflect.DeepEqual(is, was) {
		t.Errorf("read back, %v:\n%+v\n%+v", err, is, was)
	}
}

// TestWrongSlots reads documents whose assignments contradict themselves.
func TestWrongSlots(t *testing.T) {
	top := halves(t)
	top.Moves = []Move{{"7", "a", "b", SlotRanges{{5, 99}}}}
	right := documentOf(t, top)
	for _, c := range []struct{ old, now, says string }{
		{`[[0,8191]]`, `[[0,8190]]`, "slot 8191 has no owner"},
		{`[[0,8191]]`, `[[0,8192]]`, "slot 8192 has two owners"},
		{`[[0,8191]]`, `[[0,99],[100,8191]]`, "adjacent"},
		{`[[0,8191]]`, `[[100,8191],[0,99]]`, "not in order"},
		{`[[0,8191]]`, `[[8191,0]]`, "not in order"},
		{`[[0,8191]]`, `[[0,8191,8191]]`, "3 ends"},
		{`[[0,8191]]`, `[[0]]`, "1 ends"},
		{`[[0,8191]]`, `[]`, "no ranges"},
		{`[[0,8191]]`, `[[-1,8191]]`, "number -1"},
		{`16383`, `16384`, "not in order"},
		{`"group":"b","ranges"`, `"group":"c","ranges"`, `"c", which is not a group`},
		{`"group":"b","ranges"`, `"group":"a","ranges"`, "do not ascend"},
		{`"owners":[`, `"others":[`, "slot 0 has no owner"},
		{`"slots":`, `"slot":`, "no owners of slots"},
		{`"id":"7"`, `"id":""`, "no id"},
		{`"to":"b"`, `"to":"a"`, "to itself"},
		{`"to":"b"`, `"to":"c"`, `"c", which is not a group`},
		{`[[5,99]]`, `[]`, "no ranges"},
		{`[[5,99]]`, `[[8000,8200]]`, "does not belong"},
		{`"moves":[`, `"moves":[{"id":"7","from":"b","to":"a","ranges":[[9000,9000]]},`, "two moves"},
		{`"moves":[`, `"moves":[{"id":"8","from":"a","to":"b","ranges":[[99,99]]},`, "slot 99 of move"},
	} {
		text := strings.Replace(right, c.old, c.now, 1)
		if text == right {
			t.Errorf("%s is not in the document", c.old)
		}
		if err := json.Unmarshal([]byte(text), new(Topology)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.now, err, c.says)
		}
	}
}

// TestNewSlots checks that an assignment and its owners by slot are each other's inverse, and that moves change it.
func TestNewSlots(t *testing.T) {
	owners := make([]string, ring.Slots)
	for slot := range owners {
		owners[slot] = string(rune('a' + slot/100%7))
	}
	s := NewSlots(3, owners)
	if err := s.check(); err != nil || !reflect.DeepEqual(s.ByName(), owners) || s.Version != 3 || len(s.Owners) != 7 {
		t.Fatalf("%v: %+v", err, s)
	}
	m := Move{"1", "a", "b", SlotRanges{{90, 110}, {700, 700}}}
	after := s.After(&m)
	for slot := range m.Ranges.All() {
		owners[slot] = "b"
	}
	if !reflect.DeepEqual(after.ByName(), owners) || m.Ranges.Count() != 22 || s.ByName()[700] != "a" {
		t.Errorf("after the move: %+v", after)
	}
	if other := after.After(&Move{"2", "a", "c", SlotRanges{{100, 100}}}); !reflect.DeepEqual(other, after) {
		t.Error("a move of a slot that another group owns has moved it")
	}
}

// TestStoredOwnership checks that a stored assignment takes precedence over the ring.
func TestStoredOwnership(t *testing.T) {
	top := halves(t)
	var o Ownership
	onRing, err := o.Of(&Topology{Groups: top.Groups})
	if err != nil {
		t.Fatal(err)
	}
	owners, err := o.Of(top)
	if err != nil || &owners[0] == &onRing[0] {
		t.Fatalf("the ring's owners, %v", err)
	}
	for slot, at := range owners {
		if want := slot / 8192; int(at) != want {
			t.Fatalf("slot %d belongs to group %d, want %d", slot, at, want)
		}
	}
	other := *top
	other.Slots = top.Slots.After(&Move{"1", "b", "a", SlotRanges{{9000, 9000}}})
	if owners, err = o.Of(&other); err != nil || owners[9000] != 0 || owners[9001] != 1 {
		t.Errorf("after a move, %v: slot 9000 belongs to %d", err, owners[9000])
	}
	other.Groups = []Group{top.Groups[1], top.Groups[0], {Name: "c"}} // a group may own nothing
	if owners, err = o.Of(&other); err != nil || owners[0] != 1 || owners[9001] != 0 {
		t.Errorf("in another order, %v: slot 0 belongs to %d", err, owners[0])
	}
	if _, err := o.Of(&Topology{Groups: top.Groups[:1], Slots: top.Slots}); err == nil {
		t.Error("slots belong to a group that is not there")
	}
}

// TestMergeSlots checks that the later assignment wins, whatever the topologies' versions, and its moves with it.
func TestMergeSlots(t *testing.T) {
	early := halves(t)
	early.Version, early.Moves = 9, []Move{{"7", "a", "b", SlotRanges{{5, 99}}}}
	late := halves(t)
	late.Slots = late.Slots.After(&early.Moves[0])
	late.Slots.Version++
	bare := &Topology{Servers: early.Servers, Groups: early.Groups}
	for _, c := range []struct {
		name        string
		base, other *Topology
		want        *Topology
	}{
		{"a later one", early, late, late}, {"an earlier one", late, early, late}, {"to none", bare, early, early}, {"to one none", early, bare, early},
		{"of groups that are not there", &Topology{Version: 99, Groups: early.Groups[:1]}, early, bare},
	} {
		if m := Merge(c.base, c.other); m.Slots != c.want.Slots || !reflect.DeepEqual(m.Moves, c.want.Moves) {
			t.Errorf("%s: %+v, %+v", c.name, m.Slots, m.Moves)
		}
	}
	l := NewLive(late)
	if now := l.Set(early); now.Slots != late.Slots || len(now.Moves) > 0 || now.Version != 9 {
		t.Errorf("older news bring a slot back: %+v", now)
	}
	if now := l.Set(bare); now.Slots != late.Slots {
		t.Errorf("news without an assignment end it: %+v", now)
	}
}

// FuzzDocument reads documents: what is read is the same after it was written and read again.
func FuzzDocument(f *testing.F) {
	top := halves(f)
	f.Add([]byte(documentOf(f, &Topology{Servers: top.Servers, Groups: top.Groups})))
	top.Moves = []Move{{"7", "a", "b", SlotRanges{{5, 99}}}}
	f.Add([]byte(documentOf(f, top)))
	f.Fuzz(func(t *testing.T, data []byte) {
		was := new(Topology)
		if json.Unmarshal(data, was) != nil {
			return
		}
		is := new(Topology)
		if err := json.Unmarshal([]byte(documentOf(t, was)), is); err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if !reflect.DeepEqual(is.Slots, was.Slots) || !reflect.DeepEqual(is.Moves, was.Moves) || len(is.Groups) != len(was.Groups) {
			t.Fatalf("read again:\n%+v\n%+v", is, was)
		}
		if _, err := new(Ownership).Of(was); err != nil && was.Slots != nil {
			t.Fatalf("no owners of an assignment that was read: %v", err)
		}
	})
}

// TestContiguous checks the first assignment of a cluster.
func TestContiguous(t *testing.T) {
	s, err := Contiguous(7, []Group{{Name: "c", Weight: 2}, {Name: "a"}, {Name: "b"}})
	want := &Slots{7, []SlotOwner{{"a", SlotRanges{{0, 4095}}}, {"b", SlotRanges{{4096, 8191}}}, {"c", SlotRanges{{8192, 16383}}}}}
	if err != nil || !reflect.DeepEqual(s, want) || s.check() != nil {
		t.Errorf("%+v, %v", s, err)
	}
	light := []Group{{Name: "a", Weight: 1 << 20}, {Name: "b"}}
	if s, err = Contiguous(1, light); err != nil || len(s.Owners) != 1 || s.check() != nil {
		t.Errorf("with a group whose share is nothing: %+v, %v", s, err)
	}
	if _, err = Contiguous(1, nil); err == nil {
		t.Error("no groups own the slots")
	}
}
