package load

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cachegopher/cachegopher/bench/sut"
	"github.com/cachegopher/cachegopher/bench/workload"
)

// batch is a connection of a plan with Batch: the requests that it sends in one write, and what their replies must be.
type batch struct {
	s      *Session
	stream *workload.Stream
	out    []byte
	want   int    // bytes of replies still to come
	check  []byte // the replies, when they are to be compared; otherwise only their length is
	at     int64  // when it was sent

	req   workload.Request
	query sut.Query
	key   []byte
	value []byte
}

func (s *Session) newBatch(i int, p phase) batch {
	return batch{s: s, stream: s.w.Stream(i, s.plan.Conns, p.round)}
}

// next draws the next requests. With check, replies are compared with what they must be: every value is as it was
// filled in.
func (b *batch) next(check bool) {
	b.out, b.want, b.check = b.out[:0], 0, b.check[:0]
	w, d, q := b.s.w, b.s.wire.Dialect, &b.query
	size := w.MaxValue()
	for range b.s.plan.Depth {
		b.stream.Next(&b.req)
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

// compare takes replies that have come.
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

// large is the size of values from which on bytes count rather than requests.
const large = 16 << 10

// checkBatches refuses what batches cannot be of, and learns how long replies are.
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
	if w.Trace() != nil || w.Spec.ReadThrough || w.Spec.NoFill || w.Over || w.Spec.Expiry != 0 || s.plan.Rate != 0 || s.plan.Count != 0 || s.plan.Threads != 1 ||
		int(w.MeanSize) != key+value {
		return errors.New("batches: a closed loop of one thread for a time, keys and values of one size that are all filled in and do not expire")
	}
	return nil
}
