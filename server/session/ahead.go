package session

import "github.com/cachegopher/cachegopher/lru"

// ahead holds the hashes of keys that sessions of a loop will look up, each in a batch of its own. Their memory is loaded
// together, as that of the keys of one batch is.
type ahead struct {
	hashes [lru.MaxBatch]uint64
	count  int
}

// Ahead takes the input of the next Run, before other sessions of l run. If it is a single request, Load will load the memory
// of its key, which is the first argument in nearly all commands that have one.
func (s *Session) Ahead(l *Loop, in []byte) {
	a, b := &l.ahead, &l.batch
	if s.dialect == nil || s.dialect.Whole == nil || a.count == len(a.hashes) {
		return
	}
	args, n := s.dialect.Whole(in, 0, b.Args[:0]) // Run empties Args
	if b.Args = args; n == len(in) && len(args) > 1 {
		a.hashes[a.count] = b.store.Hash(args[1].Of(in))
		a.count++
	}
}

// Load has the memory loaded of all keys that Ahead has seen since the last call.
func (l *Loop) Load() {
	if a := &l.ahead; a.count > 1 {
		l.batch.store.Warm(a.hashes[:a.count])
	}
	l.ahead.count = 0
}
