package shadow

import (
	"testing"

	"github.com/cachegopher/cachegopher/lru/policy"
)

// ask asks for the keys from first on, so many times each, all of one byte.
func (b *bank[N]) ask(first, n uint64, times int) {
	for h := first; h < first+n; h++ {
		for range times {
			b.Get(mix(h), 1, true)
		}
	}
}

// hasShares fails unless LFU's window has about its share.
func (s *simulation[N]) hasShares(t *testing.T) {
	t.Helper()
	if share := s.windowShare(); s.bytes[window] > share+share/policy.Slack+1 || s.bytes[window] < share-share/policy.Slack-1 {
		t.Errorf("the window has %d of %d bytes, its share is %d", s.bytes[window], s.held(), share)
	}
}

// TestRoomOfLargeKey lets keys that are asked for once fill the room that a large one had: none of them must go to main.
func TestRoomOfLargeKey(t *testing.T) {
	b := newBank[uint32](1000, 10_000, Setup{First(), 1})
	s := b.sims[0]
	b.ask(0, 700, 4)
	b.Get(mix(5000), 300, true)
	b.ask(1000, 2000, 1)
	if s.holds(b.keys.find(mix(5000) * spread)) {
		t.Fatal("the large key is held")
	}
	for h := uint64(1000); h < 3000; h++ {
		if k := b.keys.find(mix(h) * spread); k != 0 && s.in(k) == main {
			t.Fatal("a key is in main that was asked for once")
		}
	}
	b.check(t)
}

// TestMainFillsAgain empties the cache, or gives it more memory: main must get its share again, all at once if there is next to
// nothing to compete with, else by keys that are asked for more often than what is there.
func TestMainFillsAgain(t *testing.T) {
	for name, change := range map[string]func(b *bank[uint32]){
		"flush": func(b *bank[uint32]) { b.Flush() },
		"removals": func(b *bank[uint32]) {
			for h := range uint64(940) {
				b.Remove(mix(h))
			}
		},
		"memory": func(b *bank[uint32]) { b.Resize(20 * b.memory) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBank[uint32](1000, 100_000, Setup{First(), 1})
			b.ask(0, 1500, 1)
			b.ask(0, 1001, 1)
			b.sims[0].hasShares(t)
			change(&b)
			b.ask(10_000, 20_001, 1)
			b.sims[0].hasShares(t)
			b.check(t)
		})
	}
	t.Run("a little memory", func(t *testing.T) {
		b := newBank[uint32](1000, 100_000, Setup{First(), 1})
		b.ask(0, 1001, 2)
		b.Resize(3000)
		for i := range uint64(400) { // some are asked for more often
			b.ask(2000+100*i, 20, 4)
			b.ask(2020+100*i, 80, 1)
		}
		b.sims[0].hasShares(t)
		b.check(t)
	})
}

// TestCurveSketches looks whether a curve's sketches know the reads since its rule is one of LFU, and none where it is another.
func TestCurveSketches(t *testing.T) {
	c := NewCurve(1<<20, Rule{Kind: LRU})
	counted := func() (least, most uint8) {
		h := mix(1) * spread
		least = mostCount
		for _, s := range c.bank.sketches {
			least, most = min(least, s.count(h)), max(most, s.count(h))
		}
		return least, most
	}
	read := func() {
		for range 3 {
			c.Bank().Get(mix(1), 10, true)
		}
	}
	rules := []Rule{{Kind: LRU}, First(), {Kind: LFU, Window: 60}, {Kind: S3FIFO}, First()}
	for i, want := range []uint8{0, 3, 6, 0, 3} {
		c.SetRule(rules[i])
		read()
		if least, most := counted(); least != want || most != want {
			t.Errorf("after rule %d: counted %d to %d times, want %d", i, least, most, want)
		}
	}
}
