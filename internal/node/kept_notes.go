package node

import (
	"bytes"
	"context"
	"encoding/binary"
	"time"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/replica"
)

// recordVersion begins what the node writes for its next process, and changes with it.
const recordVersion = 1

const unreadableNote = "keep_memory: what the last process has noted cannot be read; its entries count as those of a killed one"

// record encodes what the next process of the node must know.
func (k *kept) record(held replica.Kept) []byte {
	b := binary.AppendUvarint([]byte{recordVersion}, uint64(len(k.group)))
	return held.Append(append(b, k.group...))
}

// parse decodes a record; known is false if there is none, or one of another release.
func (k *kept) parse(b []byte) (group string, held replica.Kept, known bool) {
	if len(b) == 0 {
		return "", held, false
	}
	n, size := binary.Uvarint(b[1:])
	if b[0] != recordVersion || size <= 0 || n > uint64(len(b)-1-size) {
		k.log.Warn(unreadableNote)
		return "", held, false
	}
	b = b[1+size:]
	held, err := replica.ParseKept(b[n:])
	if err != nil {
		k.log.Warn(unreadableNote, zap.Error(err))
	}
	return string(b[:n]), held, true
}

// noteEvery is the interval at which the position of the store is noted, for the case that the process is killed.
const noteEvery = 200 * time.Millisecond

// checkEvery is the number of notes after which the files are looked at.
const checkEvery = 5

// notes notes the position of the store, and looks whether its file is still there, until ctx is done.
func (k *kept) notes(ctx context.Context, r *replication) {
	if k.keeper == nil {
		return
	}
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	for i := 1; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if r != nil {
			k.note(r.member.Note())
		}
		if i%checkEvery == 0 {
			k.check()
		}
	}
}

// check says once that the memory is not there any more for the next process.
func (k *kept) check() {
	if !k.keeper.Missing() || k.missing.Swap(true) {
		return
	}
	k.log.Error("keep_memory: somebody has removed the file of this node's memory: the node goes on, "+
		"but its next process will not find the entries", zap.String("folder", k.info.In),
		zap.String("do", "restart the node when it may start without them, and keep others from removing the files"))
}

// note writes down what is known of the store, unless that has not changed. One goroutine at a time calls it.
func (k *kept) note(held replica.Kept) {
	held.Complete = false
	now := k.record(held.WithoutLog())
	if bytes.Equal(now, k.noted) {
		return
	}
	if err := k.keeper.SetNote(now); err != nil {
		k.log.Error("keep_memory: cannot note what the store holds", zap.Error(err))
	}
	k.noted = now
}
