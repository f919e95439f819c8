package node

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/snapshot"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session"
)

// snapshots writes and reads the node's snapshot file. It implements session.Saver. It is nil for a node without one.
type snapshots struct {
	path     string
	cache    lru.Shards
	requests func() int64 // grows when clients use the node
	log      *zap.Logger

	loads   bool          // the start reads the file
	loaded  chan struct{} // closed once that is done
	written time.Time     // when the file that the start has read was written
	bytes   atomic.Int64  // that were read or written: progress

	mu      sync.Mutex
	saves   session.Saves
	cancel  context.CancelFunc // of the snapshot that is being written
	running sync.WaitGroup
	closed  bool // the node stops
}

var (
	//lint:ignore ST1005 clients know Redis's text
	errSaving   = errors.New("Background save already in progress")
	errStopping = errors.New("this node stops; it writes a snapshot at its end")
)

// newSnapshots also removes what a killed process has left beside the file. warm says that the store has kept entries, which
// are newer than the file's.
func newSnapshots(s *Setup, store *lru.Cache, warm bool, log *zap.Logger) (*snapshots, error) {
	there, err := s.checkSnapshot(&s.Node)
	path := s.snapshotFile(&s.Node)
	if path == "" || err != nil {
		return nil, err
	}
	k := &snapshots{
		path: path, cache: store.Shards(), log: log, loaded: make(chan struct{}), loads: there && s.restores() && !warm,
	}
	if err := snapshot.RemoveLeftovers(path); err != nil {
		log.Warn("snapshot: cannot remove what a killed process has left", zap.Error(err))
	}
	if !k.loads {
		close(k.loaded)
	}
	return k, nil
}

// Saves implements session.Saver.
func (k *snapshots) Saves() session.Saves {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.saves
}

// Save implements session.Saver.
func (k *snapshots) Save(done func(error)) error {
	ctx, err := k.begin(context.Background(), false)
	if err != nil {
		return err
	}
	go func() { done(k.write(ctx, snapshot.Options{Pace: k.pacer(), Progress: k.bytes.Store})) }()
	return nil
}

// begin claims the file for one writer. last: it is that of the stop, after which there is no other.
func (k *snapshots) begin(ctx context.Context, last bool) (context.Context, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case !k.saves.Began.IsZero():
		return nil, errSaving
	case k.closed && !last:
		return nil, errStopping
	}
	ctx, k.cancel = context.WithCancel(ctx)
	k.saves.Began = time.Now()
	k.running.Add(1)
	return ctx, nil
}

func (k *snapshots) changes() int64 { return session.Changes(k.cache.Stats()) }

// write writes a snapshot for which begin has claimed the file.
func (k *snapshots) write(ctx context.Context, o snapshot.Options) error {
	counted := k.changes()
	r, err := snapshot.Save(ctx, k.cache, k.path, o)
	k.mu.Lock()
	defer k.mu.Unlock()
	defer k.running.Done()
	k.cancel()
	k.saves.Began, k.saves.Failed = time.Time{}, err != nil
	switch {
	case err == nil:
		k.saves.Last, k.saves.Took, k.saves.Counted = time.Now(), r.Took, counted
		k.saves.Written++
		k.log.Info("snapshot written", zap.String("file", k.path),
			zap.Int64("entries", r.Entries), zap.Int64("bytes", r.Bytes), zap.Duration("took", r.Took))
	case errors.Is(err, context.Canceled):
		k.log.Info("snapshot given up, since the node stops", zap.String("file", k.path))
	default:
		k.saves.Failures++
		k.log.Error("no snapshot was written; the old file is as it was", zap.String("file", k.path), zap.Error(err))
	}
	return err
}

// While clients use the node, a writer rests twice as long as it worked, as a full sync does: with few cores a client's
// request waits while it works.
const (
	saveRest = time.Millisecond // at most
	saveUsed = 20 * time.Millisecond
)

// pacer returns a function that rests after worked.
func (k *snapshots) pacer() func(worked time.Duration) {
	before, until := k.requests(), time.Time{}
	return func(worked time.Duration) {
		if n := k.requests(); n != before {
			before, until = n, time.Now().Add(saveUsed)
		}
		if time.Now().Before(until) {
			time.Sleep(min(2*worked, saveRest))
		}
	}
}

// restore reads the snapshot file if the start is to do that. Nothing else may use the store. The error is ctx's, or says
// that the file could not be read.
func (k *snapshots) restore(ctx context.Context) error {
	if k == nil || !k.loads {
		return nil
	}
	l, err := snapshot.Load(ctx, k.cache, k.path, snapshot.Options{Progress: k.bytes.Store})
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.written = l.Written
	k.saves.Loaded, k.saves.Expired, k.saves.Counted = l.Entries, l.Expired, k.changes()
	k.mu.Unlock()
	k.log.Info("snapshot read", zap.String("file", k.path), zap.Int64("entries", l.Entries), zap.Int64("expired", l.Expired),
		zap.Time("written", l.Written), zap.Duration("took", l.Took))
	if l.Refused > 0 {
		k.log.Warn("snapshot: the store had no memory for some entries", zap.Int64("entries", l.Refused))
	}
	if l.Damage != nil {
		aside := k.path + ".damaged"
		k.log.Error("the snapshot is damaged; what could be read is served, and the file is kept under another name",
			zap.String("kept", aside), zap.Int64("entries_lost", l.Lost),
			zap.NamedError("damage", l.Damage), zap.NamedError("rename", os.Rename(k.path, aside)))
	}
	return nil
}

// finish gives up a snapshot that is being written and, if whole says that the store has all of its data, writes the last
// one. Clients and other nodes may use the store no more.
func (k *snapshots) finish(whole bool) error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	k.closed = true
	if k.cancel != nil {
		k.cancel()
	}
	k.mu.Unlock()
	k.running.Wait()
	if !whole {
		k.log.Warn("no snapshot is written, since the node was not ready: it may lack data", zap.String("file", k.path))
		return nil
	}
	ctx, err := k.begin(context.Background(), true)
	if err != nil {
		return err
	}
	return k.write(ctx, snapshot.Options{Progress: k.bytes.Store})
}

// setLoaded closes isLoaded, after restore.
func (k *snapshots) setLoaded() { close(k.loaded) }

// isLoaded is closed once the start has read the file, if it does.
func (k *snapshots) isLoaded() <-chan struct{} {
	if k == nil {
		return always
	}
	return k.loaded
}

// loading reports whether the start has not read the file yet.
func (k *snapshots) loading() bool {
	select {
	case <-k.isLoaded():
		return false
	default:
		return true
	}
}

// progress is the number of bytes that were read or written, of the latest file.
func (k *snapshots) progress() int64 {
	if k == nil {
		return 0
	}
	return k.bytes.Load()
}
