package session

// Rebalancer moves slots between the groups of the cluster. Its methods block, so that goroutines that run sessions must not
// call them. They return JSON: see internal/topology.
type Rebalancer interface {
	// Rebalance plans the moves that give each group the slots that its weight says, and starts them; a topology.Rebalancing.
	Rebalance(RebalanceRequest) ([]byte, error)
	// Progress returns who owns the slots, and the moves under way; a topology.Progress.
	Progress() ([]byte, error)
	// Cancel gives up the moves that are not done; a topology.Cancelled.
	Cancel() ([]byte, error)
}

// RebalanceRequest is what REBALANCE is asked for.
type RebalanceRequest struct {
	Without []string // groups that are to own nothing
	Abandon bool     // those groups have no primary, and their entries are lost: they give their slots away without them
	DryRun  bool     // only plan
	Plan    string   // of a dry run: start only if the plan is still this one; empty: in any case
}
