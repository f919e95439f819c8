package sim

import "github.com/cachegopher/cachegopher/replica"

func (n *node) serving() bool {
	if !n.alive {
		return false
	}
	select {
	case <-n.readiness():
		return true
	default:
		return false
	}
}

func (n *node) readiness() <-chan struct{} {
	if n.primary != nil {
		return n.primary.Serving()
	}
	return n.second.Serving()
}

// serves reports whether the primary has ended its recovery.
func serves(p *replica.Primary) bool {
	select {
	case <-p.Serving():
		return true
	default:
		return false
	}
}
