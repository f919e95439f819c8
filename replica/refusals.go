package replica

import (
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/wire"
)

// refusals counts the requests for a stream or for this node's data that the node refused. Safe for concurrent use.
type refusals struct {
	mu       sync.Mutex
	n        int64
	loggedAt time.Duration // when one was last logged
}

// refuse counts a refusal and returns the error reply. It logs at most one a second, since a refused peer tries again.
func (r *refusals) refuse(now time.Duration, log *zap.Logger, peer string, why error) (answer string) {
	text := wire.Brief(why.Error()) // repeats what the peer sent
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n++; r.n == 1 || now-r.loggedAt >= time.Second {
		r.loggedAt = now
		log.Warn("replication: refused a stream", zap.String("from", peer), zap.String("error", text), zap.Int64("so_far", r.n))
	}
	return string(wire.Error(nil, "REFUSED ", text))
}

func (r *refusals) count() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}
