package policy

// What LFU has in common in the store and in the simulations that predict it.
const (
	// FirstWindow and FirstComeback are what LFU begins with: the window's percentage of the cache, and what becomes of keys
	// that come back.
	FirstWindow   = 10
	FirstComeback = IfFrequent

	// Slack is the divisor of the part of its share by which LFU's window may be larger or smaller. Where sizes differ, one
	// entry makes room for several, or several for one; without slack, each time one of them would get past the competition.
	Slack = 4
	// Lead protects main's victim: an entry replaces it only if its key was used more than Lead times more often. The entry was
	// just asked for, and the victim may be as near to its next use; without a lead, a loop that is too long would replace all
	// of main.
	Lead = 1
	// LeastMain is the divisor of main's share of the cache below which the window fills main without competition.
	LeastMain = 8
)
