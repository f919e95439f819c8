package node

import (
	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/replica"
)

// openLedger returns the ledger of writes in the node's state directory; nil: there is none, so that what a killed process
// has lost is not known.
func (r *replication) openLedger(s *Setup) *replica.Ledger {
	folder := s.stateDirectory()
	if folder == "" {
		return nil
	}
	l, closer, err := openLedger(folder, s.Node.ID, s.Node.Group)
	if err != nil {
		r.log.Warn("replication: cannot count acknowledged writes in the state directory: if this process is killed, it is not known how many are lost", zap.Error(err))
		return nil
	}
	r.closeLedger = closer
	return l
}

// close releases the ledger. Nothing may replicate or write any more.
func (r *replication) close() error {
	if r == nil || r.closeLedger == nil {
		return nil
	}
	r.effects.Forget()
	return r.closeLedger()
}
