package topology

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/ring"
)

func TestRangesAsJSON(t *testing.T) {
	for text, want := range map[string]SlotRanges{
		"null": nil, "[]": {}, "[[0,0]]": {{0, 0}}, " [ [1 , 2],\n[4,65535] ] ": {{1, 2}, {4, 65535}},
	} {
		var got SlotRanges
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
		again, err := json.Marshal(got)
		if plain := strings.Join(strings.Fields(text), ""); err != nil || string(again) != plain {
			t.Errorf("%s is written as %s, %v", text, again, err)
		}
	}
	for text, says := range map[string]string{
		"[[1]]": "has 1 ends", "[[1,2,3]]": "has 3 ends", "[[]]": "has 0 ends", "[[0,65536]]": "number 65536", "[1,2]": "number into",
		"[[[1,2]]]": "array into", "[[-1,2]]": "number -1", "[[1.5,2]]": "number 1.5", `[["1",2]]`: "string into", "[null]": "missing its ends", "{}": "object into", "7": "number into",
	} {
		if err := json.Unmarshal([]byte(text), new(SlotRanges)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

// BenchmarkDocument writes and reads TOPOLOGY's document with an assignment as the ring makes it.
func BenchmarkDocument(b *testing.B) {
	r, err := ring.New([]ring.Group{{ID: "a"}, {ID: "b"}, {ID: "c"}})
	if err != nil {
		b.Fatal(err)
	}
	owners := make([]string, ring.Slots)
	for slot := range owners {
		owners[slot] = r.Group(r.LocateSlot(slot)).ID
	}
	top := &Topology{Version: 1, Slots: NewSlots(5, owners)}
	for _, g := range []string{"a", "b", "c"} {
		top.Groups = append(top.Groups, Group{Name: g, Leader: g})
		top.Servers = append(top.Servers, Server{ID: g, Group: g, Addresses: []string{"127.0.0.1:1"}})
	}
	document, err := json.Marshal(top)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			json.Marshal(top) //nolint:errcheck // it was possible above
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(document)))
		for b.Loop() {
			if err := json.Unmarshal(document, new(Topology)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
