package memory

// Sweep looks for pages that may hold expired entries, from where the last call stopped, and calls drop for each such entry,
// which must drop it. It looks at no more than pages page descriptors and visits no more than visits pages. It reports
// how many entries it saw and dropped, and whether it has been all round the shard.
func (m *Memory) Sweep(now int64, pages, visits int, drop func(off uint32)) (seen, dropped int, round bool) {
	for ; pages > 0 && visits > 0; pages-- {
		if m.sweepPage++; m.sweepPage >= uint32(len(m.pages)) {
			m.sweepPage = 0
			return seen, dropped, true
		}
		pg := &m.pages[m.sweepPage]
		if pg.minExpiry > now || int(pg.class) >= len(m.table.sizes) {
			continue
		}
		visits--
		n, d := m.sweepOne(m.sweepPage, now, drop)
		seen, dropped = seen+n, dropped+d
	}
	return seen, dropped, false
}

// sweepOne calls drop for the expired entries of page p and renews its minExpiry.
func (m *Memory) sweepOne(p uint32, now int64, drop func(off uint32)) (seen, dropped int) {
	least := int64(noExpiry)
	m.slots(p, func(off uint32) {
		seen++
		switch at := m.Expiry(off); {
		case at == 0:
		case at <= now:
			dropped++
			drop(off)
		default:
			least = min(least, at)
		}
	})
	// The last drop may have closed the page; a merge of segments may even have opened it again for another class.
	if pg := &m.pages[p]; pg.minExpiry != noExpiry {
		pg.minExpiry = least
	}
	return seen, dropped
}
