package load

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// batch is the state of one connection under Plan.Batch: the requests of its next write and the expected replies.
type batch struct {
	s        *Session
	sequence *workload.Sequence
	out      []byte
	want     int    // bytes of replies outstanding
	check    []byte // expected bytes of the replies; empty: only the length is checked
	at       int64  // when it was sent

	req   workload.Request
	query sut.Query
	key   []byte
	value []byte
}

func (s *Session) newBatch(i int, p phase) batch {
	return batch{s: s, sequence: s.w.Sequence(i, s.plan.Conns, p.round)}
}

// next draws and encodes the next requests. With check, replies are compared byte by byte with the values that Fill
// stored.
func (b *batch) next(check bool) {
	b.out, b.want, b.check = b.out[:0], 0, b.check[:0]
	w, d, q := b.s.w, b.s.wire.Dialect, &b.query
	size := w.MaxValue()
	for range b.s.plan.Depth {
		b.sequence.Next(&b.req)
		b.key = w.Keys.Append(b.key[:0], b.req.Key)
		q.Kind, q.Key = b.req.Kind, b.key
		if check || q.Kind == workload.Set {
			b.value = w.Values.Append(b.value[:0], b.req.Key, 0, size)
			q.Value = b.value
		}
		b.out = d.Append(b.out, q)
		if check {
			b.check = d.AppendReply(b.check, q)
		}
		b.want += b.s.replySize[q.Kind]
	}
}

// compare accounts for replies received, and compares them if next was called with check.
func (b *batch) compare(in []byte) error {
	if b.want -= len(in); b.want < 0 {
		return errors.New("more replies than requests")
	}
	if len(b.check) == 0 {
		return nil
	}
	if !bytes.Equal(b.check[:len(in)], in) {
		return fmt.Errorf("answered %.120q instead of %.120q", in, b.check)
	}
	b.check = b.check[len(in):]
	return nil
}

// large is the value size in bytes above which moving bytes costs more than handling requests.
const large = 16 << 10

// checkBatches refuses workloads and plans that batches do not support, and computes the reply sizes.
func (s *Session) checkBatches() error {
	w := s.w
	key, value := w.Keys.MaxSize(), w.MaxValue()
	q := sut.Query{Key: make([]byte, key), Value: make([]byte, value)}
	for k := range workload.Kinds {
		q.Kind = k
		if k == workload.Get || k == workload.Set {
			s.replySize[k] = len(s.wire.Dialect.AppendReply(nil, &q))
		} else if w.Has(k) {
			return fmt.Errorf("batches: only get and set, not %s", k)
		}
	}
	r := &s.plan.Reader
	if s.plan.Churn != 0 || s.plan.Herd || r.Think != 0 || s.plan.Blocking && (r.Size != 0 || r.Pause.For != 0) {
		return errors.New("batches: connections stay, do not think, and only event loops read slowly")
	}
	if w.Trace() != nil || w.Spec.ReadThrough || w.Spec.NoFill || w.Over || w.Spec.Expiry != 0 || s.plan.Rate != 0 || s.plan.Count != 0 || s.plan.Threads != 1 ||
		int(w.MeanSize) != key+value {
		return errors.New("batches: a closed loop of one thread for a time, keys and values of one size that are all filled in and do not expire")
	}
	return nil
}
