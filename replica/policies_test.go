package replica

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cachegopher/cachegopher/internal/testkit"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/lru/policy"
)

// TestPolicies fills a group far beyond its budget under every policy: half of the writes come before the secondary, whose
// store has even less room, the other half after it. Each member evicts by itself, so that they need not hold the
// same keys; but what a member holds is what was written last.
func TestPolicies(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for _, p := range policy.All() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			const most = 500 // entries of the primary
			nodes, r := memberGroup(t, "na", "nb"), rand.New(rand.NewPCG(seed, uint64(p)))
			for i, n := range nodes {
				if err := errors.Join(n.cache.SetPolicy(p), n.cache.SetLimits(int64(most-100*i), 0)); err != nil {
					t.Fatal(err)
				}
			}
			primary, last, refused := nodes[0], map[string]string{}, 0
			write := func(n int) {
				for range n {
					key, value := fmt.Sprint("key:", r.IntN(4*most)), fmt.Sprint(r.Uint64())
					switch err := primary.put(key, value); {
					case err == nil:
						last[key] = value
					case p == lru.NONE && errors.Is(err, lru.ErrFull):
						refused++
					default:
						t.Fatal(err)
					}
				}
			}
			if err := primary.m.Lead(0, "g", []string{"nb"}); err != nil {
				t.Fatal(err)
			}
			write(4 * most)
			if err := nodes[1].m.Follow(0, "g", "na", []string{"na", "nb"}); err != nil {
				t.Fatal(err)
			}
			group, _ := primary.m.Part()
			testkit.Eventually(t, "secondary", func() bool { return group.Acked(0) == 1 })
			write(4 * most)
			testkit.Eventually(t, "group in step", func() bool { return group.Acked(group.Offset()) == 1 })
			for _, n := range nodes {
				held := n.holds()
				for key, value := range held {
					if last[key] != value {
						t.Errorf("%s has %s=%s, %s was written last", n.id, key, value, last[key])
					}
				}
				st, refuses := n.cache.Stats(), p == lru.NONE && n == primary
				if len(held) < most/2 || int64(len(held)) > st.MaxEntries || (st.Evictions == 0) != refuses || (refused > 0) != (p == lru.NONE) {
					t.Errorf("%s holds %d entries of at most %d, has evicted %d; %d writes were refused", n.id, len(held), st.MaxEntries, st.Evictions, refused)
				}
				if err := n.cache.Check(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
