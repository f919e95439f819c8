package ring

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Every group holds its share, less or more than one slot away from it.
func TestShares(t *testing.T) {
	check := func(t rapid.TB, gs []Group) {
		r, err := New(gs)
		if err != nil {
			t.Fatal(err)
		}
		shares, err := Shares(gs)
		if err != nil {
			t.Fatal(err)
		}
		total := 0
		for i := range r.Len() {
			if n := shares[r.Group(i).ID]; n != r.Counts()[i] {
				t.Fatalf("%s holds %d slots, its share is %d", r.Group(i).ID, r.Counts()[i], n)
			}
			total += r.Group(i).Weight
		}
		for i, n := range r.Counts() {
			share := float64(r.Group(i).Weight) * Slots / float64(total)
			if math.Abs(float64(n)-share) >= 1 {
				t.Fatalf("%s of weight %d holds %d slots, its share is %.2f", r.Group(i).ID, r.Group(i).Weight, n, share)
			}
		}
	}
	for _, n := range []int{1, 2, 3, 10, 100, 1000} {
		check(t, numbered(n))
	}
	check(t, []Group{{"a", 1}, {"b", 2}, {"c", 3}, {"d", 10}, {"e", 10}, {"f", MaxWeight}})
	rapid.Check(t, func(t *rapid.T) { check(t, genGroups(t)) })
}

// When a group joins, leaves or gets another weight, the slots move that its new share demands, and few others: at most
// 1% of all with groups of equal weight, 1.5% with any weights.
func TestMoves(t *testing.T) {
	allowed := 0.01
	worst := 0.0
	check := func(t rapid.TB, before, after []Group) {
		a, err := New(before)
		if err != nil {
			t.Fatal(err)
		}
		b, err := New(after)
		if err != nil {
			t.Fatal(err)
		}
		least := 0 // what quotas alone demand
		for i, n := range b.Counts() {
			if j, ok := a.Index(b.Group(i).ID); ok {
				n -= a.Counts()[j]
			}
			least += max(n, 0)
		}
		moved := Diff(a, b).Slots
		worst = max(worst, float64(moved-least)/Slots)
		if more := float64(moved-least) / Slots; more > allowed {
			t.Fatalf("%d slots move, %d must: %.2f%% of all too many", moved, least, 100*more)
		}
	}
	for _, n := range []int{1, 2, 3, 5, 10, 30, 100, 300} {
		gs := numbered(n + 1)
		for _, at := range []int{0, n / 2, n} {
			without := slices.Delete(slices.Clone(gs), at, at+1)
			check(t, without, gs)
			check(t, gs, without)
		}
	}
	allowed = 0.015
	rapid.Check(t, func(t *rapid.T) {
		gs := genGroups(t)
		at := rapid.IntRange(0, len(gs)-1).Draw(t, "changed")
		check(t, slices.Delete(slices.Clone(gs), at, at+1), gs)
		other := slices.Clone(gs)
		other[at].Weight = max(gs[at].Weight, 1) * rapid.IntRange(2, 7).Draw(t, "times")
		check(t, gs, other)
		check(t, other, gs)
	})
	t.Logf("at most %.2f%% of all slots moved beside those that had to", 100*worst)
}

// No slot and group would both gain by leaving what they have: the assignment is stable, so it is the only one, and the
// shortcuts of fill change nothing.
func TestStable(t *testing.T) {
	weighted := numbered(60)
	for i := range weighted {
		weighted[i].Weight = 1 + i*i*i/7
	}
	for name, gs := range map[string][]Group{"equal": numbered(50), "weighted": weighted} {
		r := mustNew(t, gs)
		seeds := seedsOf(r)
		worst := make([]offer, r.Len()) // by group: the slot it would give up first
		for i := range worst {
			worst[i] = offer{math.MaxUint64, -1}
		}
		for slot, g := range r.table {
			if o := (offer{mix(slot, seeds[g]), slot}); byScore(worst[g], o) < 0 {
				worst[g] = o
			}
		}
		for slot, g := range r.table {
			has := contender{mix(slot, seeds[g]), int(g)}
			for other := range seeds {
				c := contender{mix(slot, seeds[other]), other}
				if other != int(g) && c.beats(has, r.groups) && byScore(offer{c.hash, slot}, worst[other]) < 0 {
					t.Fatalf("%s: slot %d is with group %d, and group %d would rather have it", name, slot, g, other)
				}
			}
		}
	}
}

func ExampleTag() {
	fmt.Println(Tag("cart:{user:42}:items"), Tag("plain"), Tag("{}empty"))
	fmt.Println(Slot("cart:{user:42}:items") == Slot("user:42"))
	// Output:
	// user:42 plain {}empty
	// true
}
