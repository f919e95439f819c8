package client

import (
	"context"
	"fmt"
	"testing"
)

// Where do asks a member before there are attempts, these begin as if next had chosen it; where next has a choice, or may wait
// less than without limit, there is no such member.
func TestObviousMember(t *testing.T) {
	all := map[access]string{anyMember: "read", onlyPrimary: "read from the primary", writes: "write"}
	for _, x := range []struct {
		roles   []string
		primary int
		obvious map[access]int // others: -1
	}{
		{[]string{"master"}, 0, map[access]int{anyMember: 0, onlyPrimary: 0, writes: 0}},
		{[]string{"slave"}, 0, map[access]int{anyMember: 0, onlyPrimary: 0}},
		{[]string{"", "", ""}, 2, map[access]int{writes: 2}},
		{[]string{"master", "replica"}, 0, map[access]int{writes: 0}},
		{[]string{"master", "replica"}, 1, nil},
	} {
		c, g := membersOf(x.roles...)
		g.primary.Store(int32(x.primary))
		for to, name := range all {
			name := fmt.Sprintf("%v, primary %d, %s", x.roles, x.primary, name)
			want, has := x.obvious[to]
			if !has {
				want = -1
			}
			i := g.obvious(to)
			if i != want {
				t.Errorf("%s: member %d is obvious, not %d", name, i, want)
			}
			if i < 0 {
				continue
			}
			next, began := c.attempts(g, to), c.attempts(g, to)
			next.next(context.Background())
			if began.began(i); began != next {
				t.Errorf("%s: attempts begin as\n%+v, not\n%+v", name, began, next)
			}
		}
	}
}
