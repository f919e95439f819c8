package shadow

// Flush replays that the cache was emptied. The sample stays, and so does what was counted.
func (b *bank[N]) Flush() {
	b.keys.clear()
	for _, s := range b.sims {
		s.clear()
		s.hand = 0
	}
	for _, s := range b.sketches {
		s.forget()
	}
}

// regrow is the divisor of the memory for which the sample was last halved, below which a bank begins anew: a cache that is
// so much smaller has few of the sample's keys.
const regrow = 4

// Resize tells that the cache has so many bytes from now on. It reports whether the bank begins anew, with a sample of all keys: the
// keys that the former sample has would be too few among those.
func (b *bank[N]) Resize(memory int64) (anew bool) {
	b.memory = memory
	if anew = memory < b.halved/regrow; anew {
		b.level, b.halved = 0, 0
		b.weigh(0)
		b.Flush()
	}
	b.setCapacities()
	return anew
}

// Resize tells that the cache has so many bytes from now on.
func (a *Auto) Resize(memory int64) {
	if !a.bank.Resize(memory) {
		return
	}
	a.level, a.gets, a.seen = 0, 0, 0
	clear(a.last)
	clear(a.hits)
}
