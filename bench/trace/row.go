package trace

import (
	"bytes"
	"fmt"
)

// mostCount is the most requests that one row may stand for.
const mostCount = 1 << 24

// field returns a field; nil if there is no such column or it is empty.
func (s *table) field(place int) []byte {
	if place < 0 {
		return nil
	}
	if f := bytes.TrimSpace(s.fields[place]); len(f) > 0 {
		return f
	}
	return nil
}

// row turns the fields into a request.
func (s *table) row(q *Request) error {
	*q = Request{Key: s.field(s.key), Size: -1}
	if q.Key == nil {
		return fmt.Errorf("there is no key")
	}
	var ok bool
	if f := s.field(s.time); s.time >= 0 {
		if q.Time, ok = s.clock.parse(f); !ok {
			return fmt.Errorf("timestamp %.40q is not a number of seconds", f)
		}
	}
	if f := s.field(s.size); f != nil {
		n, ok := number(f)
		if !ok || n > 1<<50 {
			return fmt.Errorf("value size %.40q is not a number of bytes", f)
		}
		q.Size = int64(n)
	}
	if f := s.field(s.op); f != nil {
		if q.Op, ok = s.r.op(f); !ok {
			return fmt.Errorf("operation %.40q is not known", f)
		}
	}
	if f := s.field(s.ttl); f != nil {
		if q.TTL, ok = seconds(f); !ok {
			return fmt.Errorf("TTL %.40q is not a number of seconds", f)
		}
		if q.Op != Set && q.Op != Touch {
			q.TTL = 0
		}
	}
	if f := s.field(s.count); f != nil {
		n, ok := number(f)
		if !ok || n < 1 || n > mostCount {
			return fmt.Errorf("count %.40q is not a number of requests", f)
		}
		s.again = n - 1
	}
	return nil
}
