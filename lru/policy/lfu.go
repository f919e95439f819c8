package policy

// What LFU has in common in the store and in the simulations that predict it.
const (
	// FirstWindow and FirstComeback are what LFU begins with: the window's percentage of the cache, and what becomes of keys that come
	// back.
	FirstWindow   = 10
	FirstComeback = IfFrequent

	// Slack is the divisor of the window's share by which LFU's window may be off. Where sizes differ, one entry makes room for several,
	// or several for one; without slack, each time one of them would go past the competition.
	Slack = 4
	// Lead is how many more uses than main's victim has are no reason to replace it. What is compared with it was just asked for,
	// and the victim may be as near to its next use; else a loop that is too long would replace all of main.
	Lead = 1
	// LeastMain is the divisor of main's share of the cache below which the window fills main without competition.
	LeastMain = 8
)
