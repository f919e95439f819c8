package node

import (
	"errors"
	"os"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/keep"
	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/server/session"
)

// kept is a node's store and, if its memory outlives the process, what was found of the process before. See
// docs/operations.md, "Restarts that stay warm".
type kept struct {
	store  *lru.Cache
	group  string
	keeper *keep.Keeper // nil: memory is private
	log    *zap.Logger

	came  bool         // entries of an earlier process are there
	found lru.Attached // if so
	held  replica.Kept // what is known of them
	info  session.Kept
	noted []byte // what was written down last

	missing atomic.Bool // the file was removed
}

// openStore makes the store. It has the entries of the node's last process, if that has left them.
func openStore(o *Options) (*kept, error) {
	lo, err := storeOptions(&o.Node)
	if err != nil {
		return nil, err
	}
	k := &kept{group: o.Node.Group, log: o.Log.Logger, info: session.Kept{In: o.Node.KeepMemory}}
	if k.keeper, err = openKeeper(o); err != nil {
		return nil, err
	}
	if k.keeper == nil {
		k.info.In = ""
		k.store, err = lru.New(lo)
		return k, err
	}
	if w := o.keepWarning(&o.Node); w != "" {
		k.log.Warn(w)
	}
	lo.Shared, lo.Dropped = k.keeper.Make, k.drop
	k.info.Missing = k.missing.Load
	k.attach(lo)
	if k.store == nil {
		if k.store, err = lru.New(lo); err != nil {
			k.log.Error("keep_memory: the memory of this node ends with the process", zap.Error(err))
			lo.Shared = nil
			if k.store, err = lru.New(lo); err != nil {
				return nil, errors.Join(err, k.keeper.Close())
			}
			k.info.In = ""
		}
	}
	if err := k.keeper.Settle(k.store.SharedFile()); err != nil {
		k.log.Warn("keep_memory: some of what an earlier process has left is not given up", zap.Error(err))
	}
	k.note(k.held)
	return k, nil
}

// attach takes the store that an earlier process has left, if there is one that can be used.
func (k *kept) attach(o lru.Options) {
	left := k.keeper.Left()
	group, held, known := k.parse(k.keeper.Note())
	if known && group != k.group && len(left) > 0 {
		k.log.Warn("keep_memory: what the last process has left is given up, since it belonged to another group",
			zap.String("group", group))
		closeFiles(left)
		return
	}
	for i, f := range left {
		store, found, err := lru.Attach(f, o)
		if err != nil {
			k.log.Warn("keep_memory: a file that the last process has left cannot be used", zap.Error(err))
			f.Close() //nolint:errcheck // it is given up
			continue
		}
		closeFiles(left[i+1:])
		k.store, k.came, k.found, k.held = store, true, found, held
		k.judge()
		return
	}
}

// judge says what the entries of the last process are: after a clean stop the state at the position that it has left;
// otherwise about that of the last note.
func (k *kept) judge() {
	f := &k.found
	clean := f.Clean && f.LostShards == 0
	if clean {
		if _, held, known := k.parse(f.State); known {
			k.held = held
		}
	} else {
		k.held.Complete = false
	}
	k.info.Start, k.info.Clean, k.info.Took = true, clean, f.Took
	k.info.Entries, k.info.Shards, k.info.LostShards = f.Entries, int64(f.Shards), int64(f.LostShards)
	fields := []zap.Field{zap.Int64("entries", f.Entries), zap.Duration("took", f.Took)}
	if clean {
		k.log.Info("keep_memory: the entries of the last process are back; it had stopped in order", fields...)
		return
	}
	if f.LostShards == 0 && len(f.Faults) == 0 {
		k.log.Warn("keep_memory: the entries of the last process are back; it was killed, or could not write down what it left",
			fields...)
		return
	}
	fields = append(fields, zap.Int("lost_shards", f.LostShards), zap.Int("shards", f.Shards), zap.Errors("damage", f.Faults))
	k.log.Warn("keep_memory: entries of the last process are back; it did not stop in order, "+
		"and shards of the store that it was changing, or that are damaged, are empty", fields...)
}

func (k *kept) drop(f *os.File) {
	if err := k.keeper.Drop(f); err != nil {
		k.log.Warn("keep_memory: memory that is no longer used cannot be given up", zap.Error(err))
	}
}

// finishMoves is how long a stop moves entries to the store for the latest max_memory.
const finishMoves = 2 * time.Second

// close ends the use of the store. Its entries stay for the next process if whole is true: the store then has all that it
// should have, or held says what it has.
func (k *kept) close(whole bool, held func() replica.Kept) error {
	if k.keeper == nil {
		return k.store.Close()
	}
	if k.store.SharedFile() == nil || !whole {
		return errors.Join(k.store.Close(), k.keeper.Settle(nil), k.keeper.Close())
	}
	began := time.Now()
	left := held()
	if lost := k.store.FinishMoves(finishMoves); lost > 0 {
		left.Complete = false
		k.log.Warn("keep_memory: entries are lost that were still to move to a store for another max_memory",
			zap.Int64("entries", lost))
	}
	entries := k.store.Stats().Entries
	if err := k.store.Detach(k.record(left)); err != nil { // such as one on a full file system
		k.log.Error("keep_memory: what the store holds could not be written down: "+
			"the next process treats its entries as those of a killed one", zap.Error(err))
	} else {
		k.log.Info("keep_memory: the entries stay for the next process",
			zap.Int64("entries", entries), zap.Duration("took", time.Since(began)))
	}
	return k.keeper.Close()
}

// leave returns the memory as it was found, if the node does not start.
func (k *kept) leave() error {
	return k.close(k.came, func() replica.Kept { return k.held })
}

func closeFiles(files []*os.File) {
	for _, f := range files {
		f.Close() //nolint:errcheck // they are given up
	}
}
