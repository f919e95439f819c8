package workload

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Trace is a recorded series of requests. It is read as a whole.
type Trace struct {
	reqs  []traced
	sizes []uint32 // of each key's value, the largest seen
}

type traced struct {
	key  uint32
	kind Kind
}

// Len is the number of requests.
func (t *Trace) Len() int { return len(t.reqs) }

// ReadTrace reads a trace in the format of Twitter's published ones, a request a line:
//
//	timestamp in s,key,key size,value size,client id,operation,TTL in s
//
// A line that begins with # is left out. Operations that have no counterpart here become the nearest:
// gets a get; add, replace, cas, append and prepend a set; decr an incr. The error names the line.
func ReadTrace(r io.Reader, seed uint64) (*Workload, error) {
	t := &Trace{}
	g := &givenKeys{}
	numbers := map[string]uint32{}
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 1<<16), 1<<20)
	first := uint64(0)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		q, key, size, at, err := parseTraced(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if len(t.reqs) == 0 {
			first = at
		}
		if at < first {
			return nil, fmt.Errorf("line %d: timestamp %d is before the first", n, at)
		}
		k, ok := numbers[key]
		if !ok {
			k = uint32(len(numbers))
			numbers[strings.Clone(key)] = k
			g.add(key)
			t.sizes = append(t.sizes, 0)
		}
		q.key = k
		t.sizes[k] = max(t.sizes[k], uint32(size))
		t.reqs = append(t.reqs, q)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("after %d requests: %w", len(t.reqs), err)
	}
	if len(t.reqs) == 0 {
		return nil, fmt.Errorf("the trace has no requests")
	}
	w, err := Compile(Spec{Name: "trace", Keys: uint64(len(numbers)), NoFill: true}, seed)
	if err != nil {
		return nil, err
	}
	w.Keys.given, w.trace = g, t
	w.Spec.KeySize, w.Spec.Value, w.Spec.Mix, w.Spec.Dist = "trace", "trace", "trace", "trace"
	return w, nil
}

func parseTraced(line string) (q traced, key string, size int, at uint64, err error) {
	f := strings.Split(line, ",")
	if len(f) < 6 {
		return q, "", 0, 0, fmt.Errorf("%d fields; there are timestamp,key,key size,value size,client id,operation,TTL", len(f))
	}
	// Keys may hold commas.
	tail := f[len(f)-min(5, len(f)-2):]
	key = strings.Join(f[1:len(f)-len(tail)], ",")
	if at, err = strconv.ParseUint(f[0], 10, 32); err != nil {
		return q, "", 0, 0, fmt.Errorf("timestamp %q is not a number of seconds", f[0])
	}
	if size, err = strconv.Atoi(tail[1]); err != nil || size < 0 {
		return q, "", 0, 0, fmt.Errorf("value size %q is not a number", tail[1])
	}
	if key == "" || len(key) >= Limit {
		return q, "", 0, 0, fmt.Errorf("a key of %d bytes", len(key))
	}
	size = min(size, Limit-len(key))
	switch op := tail[3]; op {
	case "get", "gets":
		q.kind = Get
	case "set", "add", "replace", "cas", "append", "prepend":
		q.kind = Set
	case "delete":
		q.kind = Delete
	case "incr", "decr":
		q.kind = Incr
	default:
		return q, "", 0, 0, fmt.Errorf("operation %q is not known", op)
	}
	return q, key, size, at, nil
}

func (s *Sequence) nextOfTrace(r *Request) bool {
	t := s.w.trace
	if s.at >= uint64(len(t.reqs)) {
		return false
	}
	q := t.reqs[s.at]
	s.at += s.step
	r.Kind, r.Key, r.More = q.kind, uint64(q.key), nil
	if q.kind == Incr {
		r.Key %= s.w.Counters()
	}
	return true
}

// Trace is the trace that the workload replays, nil for others.
func (w *Workload) Trace() *Trace { return w.trace }

// WithReadThrough has a miss followed by a set of the key, as the program that the trace is of did.
func (w *Workload) WithReadThrough() *Workload {
	w.Spec.ReadThrough = true
	return w
}
