package drive

import (
	"time"

	"go.uber.org/zap/zapcore"
)

// stages are the times since a hand-over began to hold writes, at which each of its stages was over.
type stages struct {
	halted    time.Duration // no write was under way
	confirmed time.Duration // the taker and its secondaries had everything
	recorded  time.Duration // etcd had the new owner
	told      time.Duration // the taker had answered that it knows, or was too slow to
}

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (s *stages) MarshalLogObject(to zapcore.ObjectEncoder) error {
	to.AddDuration("halted", s.halted)
	to.AddDuration("confirmed", s.confirmed)
	to.AddDuration("recorded", s.recorded)
	to.AddDuration("told", s.told)
	return nil
}
