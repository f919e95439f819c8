package admin

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/internal/curve"
)

// hits is what a member predicts that had so many reads.
func hits(reads int64, ratio float64) *curve.Curve {
	return &curve.Curve{SampledReads: 20, Reads: reads, Unit: "bytes", Points: []curve.Point{{Times: 1, Size: 100, HitRatio: ratio}}}
}

// TestGroupsOf sums up two groups: one whose old primary does not know the new one yet, and one without a primary.
func TestGroupsOf(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	first := Change{At: at, Epoch: 1, From: "a", To: "b"}
	second := Change{At: at.Add(time.Minute), Epoch: 2, From: "b", To: "c"}
	later := first
	later.At = at.Add(time.Second)
	byConfig, again := Change{At: at, From: "x", To: "y"}, Change{At: at.Add(time.Hour), From: "x", To: "y"}
	got := groupsOf([]Member{
		{ID: "c", Group: "a", Role: "primary", Epoch: 2, Curve: hits(3000, .6), Changes: []Change{second, later}, Slots: 70, SlotsVersion: 8, Moves: []Move{{To: "x", State: "copying"}}, HeldMS: 4},
		{ID: "b", Group: "a", Role: "primary", Epoch: 1, LostWrites: 3, Changes: []Change{first}, Slots: 90, SlotsVersion: 7, Moves: []Move{{To: "x", State: "waiting"}}, HeldMS: 5, Curve: hits(1000, .8)},
		{ID: "x", Group: "x", Role: "primary", Error: "connection refused"},
		{ID: "a", Group: "a", Role: "secondary", Epoch: 2, LostWrites: 4},
		{ID: "y", Group: "x", Role: "secondary", Changes: []Change{again, byConfig}, Slots: -1, HeldMS: -1},
	})
	want := []Group{
		{Name: "a", Leader: "c", Epoch: 2, LostWrites: 7, Changes: []Change{second, first}, Slots: 70, SlotsVersion: 8, Moves: []Move{{To: "x", State: "copying"}}, HeldMS: 4},
		{Name: "x", Changes: []Change{again, byConfig}, Slots: -1, HeldMS: -1},
	}
	for i, want := range []curve.Group{
		{Members: []string{"c", "b"}, Missing: []string{"a"}, Reasons: []string{"does not answer"},
			Curve: curve.Curve{SampledReads: 40, Reads: 4000, Unit: "bytes", Points: []curve.Point{{Times: 1, Size: 200, HitRatio: .65}}}},
		{Missing: []string{"x", "y"}, Reasons: []string{"does not answer", "does not answer"}},
	} {
		if text, wanted := fmt.Sprintf("%+v", got[i].Curve.Curve), fmt.Sprintf("%+v", want.Curve); text != wanted ||
			!slices.Equal(got[i].Curve.Members, want.Members) || !slices.Equal(got[i].Curve.Missing, want.Missing) || !slices.Equal(got[i].Curve.Reasons, want.Reasons) {
			t.Errorf("group %d predicts %+v", i, got[i].Curve)
		}
		got[i].Curve = curve.Group{}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
