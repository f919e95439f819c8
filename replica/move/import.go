package move

import (
	"sync"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/replica"
	"github.com/cachegopher/cachegopher/ring"
)

// Import is one attempt to take slots, of one connection.
type Import struct {
	taker *Taker
	slots ring.SlotSet

	mu        sync.Mutex // Lock order: Taker.mu, this, a shard
	ended     error      // why it cannot go on
	leftovers *Remover   // nil: they have been removed
	confirmed bool       // the giver may commit
	left      bool       // it was confirmed when its connection ended
	entries   int64      // stored so far; one that was stored again counts again

	batch  [lru.MaxBatch]replica.Record
	hashes [lru.MaxBatch]uint64
}

// Step removes some leftovers: see Remover.Step. more: there are others, so call it again.
func (im *Import) Step(count int) (more bool, err error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if err := im.ended; err != nil {
		return false, err
	}
	if im.leftovers != nil && !im.leftovers.Step(count) {
		im.leftovers = nil
	}
	return im.leftovers != nil, nil
}

// Records stores what whole records say and logs it. After an error the attempt is over.
func (im *Import) Records(records []byte) error {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.confirmed = false // the giver goes on: it has not committed
	err := im.ended
	if err == nil && im.leftovers != nil {
		err = errPurging
	}
	for err == nil && len(records) > 0 {
		var n int
		if n, records, err = im.decode(records); err == nil {
			err = im.apply(n)
		}
	}
	if im.ended == nil {
		im.ended = err
	}
	return err
}

// decode decodes a batch of records, so that the cache misses of storing them overlap.
func (im *Import) decode(records []byte) (n int, rest []byte, err error) {
	c := im.taker.cache
	for n < lru.MaxBatch && len(records) > 0 {
		r, size, err := replica.DecodeRecord(records)
		if err != nil {
			return 0, nil, err
		}
		if r.Flush() || r.Note || !im.slots.HasKey(r.Key) {
			return 0, nil, errForeign
		}
		im.batch[n], im.hashes[n] = r, c.Hash(r.Key)
		records = records[size:]
		n++
	}
	c.Warm(im.hashes[:n])
	return n, records, nil
}

func (im *Import) apply(n int) error {
	now := im.taker.cache.Now()
	for i := range im.batch[:n] {
		if err := im.store(&im.batch[i], im.hashes[i], now); err != nil {
			return err
		}
	}
	return nil
}

// store changes the store and the log under one lock, as a client's write does.
func (im *Import) store(r *replica.Record, h uint64, now int64) error {
	shard := im.taker.cache.Lock(h)
	defer shard.Unlock()
	log := im.taker.log
	var err error
	if r.Deleted {
		if e, ok := shard.Peek(h, r.Key, now); ok {
			shard.Remove(h, e)
		}
	} else {
		im.entries++
		err = shard.PutOrRemove(h, r.Key, r.Value, r.ExpireAt, now)
	}
	switch {
	case log == nil:
	case r.Deleted || err != nil: // a value that found no place has removed the one before it
		log.Delete(h, r.Key)
	default:
		log.Set(h, r.Key, r.Value, r.ExpireAt)
	}
	return err
}

// Confirm readies the import for the move's commit. It returns the offset of the log up to which the node's secondaries must have everything before the giver may be told that
// the taker has. It is called after all records were stored.
func (im *Import) Confirm() (offset uint64, err error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if err := im.ended; err != nil {
		return 0, err
	}
	if im.leftovers != nil {
		return 0, errPurging
	}
	im.confirmed = true
	if im.taker.log == nil {
		return 0, nil
	}
	return im.taker.log.Merge(), nil
}

// Valid returns an error if the import cannot go on: the caller asks before it answers a confirmation, too, since secondaries may
// have taken a while.
func (im *Import) Valid() error {
	im.mu.Lock()
	defer im.mu.Unlock()
	return im.ended
}

// Done ends the import, of whose commit the giver tells: the slots' entries are this group's own.
func (im *Import) Done() error {
	t := im.taker
	t.mu.Lock()
	defer t.mu.Unlock()
	im.mu.Lock()
	err := im.ended
	if err == nil && !im.confirmed {
		err = errEarly
	}
	im.mu.Unlock()
	if err == nil {
		t.end(func(other *Import) bool { return other == im })
	}
	return err
}

// Close ends the import: its connection is gone. If it has been confirmed the giver may be committing the move, so that the entries must
// stay until Taker.End says that the move is done or cancelled, or another import begins.
func (im *Import) Close() {
	t := im.taker
	t.mu.Lock()
	defer t.mu.Unlock()
	im.mu.Lock()
	stays := im.confirmed && im.ended == nil
	if stays {
		im.ended, im.left = errLeft, true
	}
	im.mu.Unlock()
	if !stays {
		t.end(func(other *Import) bool { return other == im })
	}
}

// Entries is the number of entries stored so far.
func (im *Import) Entries() int64 {
	im.mu.Lock()
	defer im.mu.Unlock()
	return im.entries
}
